package archive

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"holdfast/internal/store"
)

// Limits on what is read into memory: a manifest needs some 400 bytes for each
// segment of 64 MiB, so that this one is enough for tens of terabytes.
const (
	maxManifest = 256 << 20
	maxState    = 1 << 20
)

// Encode returns a JSON document as holdfast writes it: indented, "<", ">" and
// "&" as they are, with a newline at its end.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Tally sets what follows from Segments and Indexes, none of which stays nil: Records, and of Counts
// Records, Attachments, AttachmentsReused, AttachmentBytes, RawBytes and
// StoredBytes. Verify expects these figures.
func (m *Manifest) Tally() {
	m.Records = map[string]int{}
	// Lists without anything are lists, for jq and its like.
	if m.Segments == nil {
		m.Segments = []Segment{}
	}
	if m.Indexes == nil {
		m.Indexes = []Index{}
	}
	c := &m.Counts
	c.Records, c.Attachments, c.AttachmentsReused, c.AttachmentBytes, c.RawBytes, c.StoredBytes = 0, 0, 0, 0, 0, 0
	for _, s := range m.Segments {
		for kind, n := range s.Records {
			m.Records[kind] += n
			c.Records += n
		}
		c.RawBytes += s.RawBytes
		c.StoredBytes += s.Bytes
	}
	for _, i := range m.Indexes {
		c.Attachments += i.Attachments
		c.AttachmentsReused += i.Reused
		c.AttachmentBytes += i.AttachmentBytes
		c.StoredBytes += i.Bytes + i.AttachmentBytes
	}
}

// DecodeManifest reads a manifest. One of another format version is ErrFormat;
// one that makes no sense, or is not of this backup, is ErrCorrupt.
func DecodeManifest(data []byte, policyID, backupID string) (Manifest, error) {
	var version struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(data, &version); err != nil {
		return Manifest{}, fmt.Errorf("%s of %s: %w: %w", ManifestName, backupID, ErrCorrupt, withoutContent(err))
	}
	if version.Format != FormatVersion {
		return Manifest{}, fmt.Errorf("%s of %s: %w %d: this program reads version %d; use the program that wrote it, or a newer one",
			ManifestName, backupID, ErrFormat, version.Format, FormatVersion)
	}
	var m Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return Manifest{}, fmt.Errorf("%s of %s: %w: %w", ManifestName, backupID, ErrCorrupt, withoutContent(err))
	}
	if err := m.check(policyID, backupID); err != nil {
		return Manifest{}, fmt.Errorf("%s of %s: %w: %w", ManifestName, backupID, ErrCorrupt, err)
	}
	return m, nil
}

// check returns an error if the manifest makes no sense or its names leave the
// backup's folder.
func (m *Manifest) check(policyID, backupID string) error {
	if m.Policy != policyID || m.Backup != backupID {
		return fmt.Errorf("it is that of %.80q of the policy %.80q", m.Backup, m.Policy)
	}
	seen := make(map[string]bool, len(m.Segments)+len(m.Indexes))
	one := func(name, sha, crc32 string, bytes int64, folders ...string) error {
		if err := checkBelow(name, folders...); err != nil {
			return err
		}
		if seen[name] {
			return fmt.Errorf("%s is listed twice", name)
		}
		seen[name] = true
		if bytes < 0 || !isSHA256(sha) {
			return fmt.Errorf("%s has no possible size or SHA-256", name)
		}
		if crc32 != "" { // early backups have none
			if _, err := parseCRC32(crc32); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	}
	for _, s := range m.Segments {
		if err := one(s.Object, s.SHA256, s.CRC32, s.Bytes, siteDir, projectsDir, spacesDir); err != nil {
			return err
		}
		// What unpacks to more was not written by us, and may be made to fill a disk.
		if s.RawBytes < 0 || s.RawBytes > MaxSegment+MaxLine {
			return fmt.Errorf("%s has no possible size", s.Object)
		}
	}
	for _, i := range m.Indexes {
		if err := one(i.Object, i.SHA256, i.CRC32, i.Bytes, indexDir); err != nil {
			return err
		}
		if i.AttachmentBytes < 0 || i.Attachments < 0 || i.Reused < 0 || i.Reused > i.Attachments {
			return fmt.Errorf("%s has no possible counts", i.Object)
		}
	}
	return nil
}

// isSHA256 reports whether s is a SHA-256 in lower-case hex.
func isSHA256(s string) bool {
	if len(s) != 64 || bytes.ContainsAny([]byte(s), "ABCDEF") {
		return false
	}
	_, err := hex.DecodeString(s)
	return err == nil
}

// isAway reports whether err says nothing about the archive: the store could not
// be asked. An object that is listed and does not exist is damage, as is one that
// the store itself says is not what was written.
func isAway(err error) bool {
	return err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, store.ErrNotExist) && !errors.Is(err, store.ErrCorrupt)
}
