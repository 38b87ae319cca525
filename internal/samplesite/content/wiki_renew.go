package content

import (
	"fmt"
	"slices"
	"strings"

	"holdfast/internal/samplesite/rawjson"
)

// Renew returns the file with a newer version of the same size and other bytes,
// as an upload under the same name makes it. The time is Unix ms.
func (f File) Renew(created int64, author string) File {
	if len(f.Versions) == 0 {
		return f
	}
	old := f.Versions[0]
	v := old
	v.Number++
	v.seed = mix(v.seed + uint64(v.Number))
	v.kind = noise // prose begins alike whatever its seed
	v.Body = rawjson.Object("number", v.Number, "authorId", author, "message", "", "minorEdit", false, "createdAt", FormatWikiTime(created))
	v.Members = slices.Clone(old.Members)
	was, is := fmt.Sprintf("?version=%d&", old.Number), fmt.Sprintf("?version=%d&", v.Number)
	for i, m := range v.Members {
		switch m.Name {
		case "downloadLink", "_links":
			v.Members[i].Value = raw(strings.ReplaceAll(string(m.Value), was, is))
		case "fileId":
			r := rng(v.seed)
			v.Members[i].Value = rawjson.String(uuidFrom(&r))
		}
	}
	f.Versions = slices.Insert(slices.Clone(f.Versions), 0, v)
	f.Members = v.Members
	return f
}
