package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The longest parts of a name within a package, in bytes: what is left of the 260
// characters that Windows gives to a whole path is for the folder above.
const (
	maxPackedID   = 64
	maxPackedName = 100
	maxSuffix     = 16 // of maxPackedName, for an extension
)

// PackedName returns the name of an attachment in a package:
// attachments/<item>/<id>[.v<version>]-<file name>. It depends on the row alone.
//
// Whatever the row says, the name stays below attachments/ and can be made on every
// system: the ids are written so that two different ones differ in more than case
// and none is a name that Windows keeps for itself, and the file name, which follows
// them, is made harmless and short. So no two attachments have the same name,
// nor two that differ in case alone.
func PackedName(row IndexRow) string {
	id := packedID(row.ID)
	if row.Version != 0 {
		id += ".v" + strconv.Itoa(row.Version)
	}
	return attachmentDir + packedID(row.Item) + "/" + id + "-" + packedFile(row.Name)
}

// packedID makes a part of a name from an id: lower-case letters and digits, which is
// what ids are made of, stay, every other byte becomes %XX. A long one is cut, and
// ends in the start of its SHA-256.
func packedID(id string) string {
	if id == "" {
		return "%"
	}
	var b strings.Builder
	reserved := isReserved(id)
	for i := range len(id) {
		c := id[i]
		if (c >= 'a' && c <= 'z' || c >= '0' && c <= '9') && !(reserved && i == 0) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	if b.Len() <= maxPackedID {
		return b.String()
	}
	sum := sha256.Sum256([]byte(id))
	return b.String()[:maxPackedID-34] + "%-" + hex.EncodeToString(sum[:16])
}

// isReserved reports whether Windows keeps a name for a device.
func isReserved(name string) bool {
	name = strings.ToLower(name)
	if slices.Contains([]string{"con", "prn", "aux", "nul"}, name) {
		return true
	}
	rest, com := strings.CutPrefix(name, "com")
	if !com {
		var lpt bool
		if rest, lpt = strings.CutPrefix(name, "lpt"); !lpt {
			return false
		}
	}
	return len(rest) == 1 && rest[0] >= '0' && rest[0] <= '9'
}

// packedFile makes the end of a name from a file name: what is no printable
// character, and what a system gives a meaning to, becomes "_", so does a dot or
// space at the end. A long one is cut before its extension.
func packedFile(name string) string {
	clean := strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, name)
	if len(clean) > maxPackedName {
		suffix := path.Ext(clean)
		if len(suffix) > maxSuffix {
			suffix = ""
		}
		clean = cutText(clean, maxPackedName-len(suffix)) + suffix
	}
	if end := strings.TrimRight(clean, ". "); len(end) < len(clean) {
		clean = end + strings.Repeat("_", len(clean)-len(end))
	}
	if clean == "" {
		return "_"
	}
	return clean
}

// cutText returns the start of a text that has at most n bytes, in whole characters.
func cutText(s string, n int) string {
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
