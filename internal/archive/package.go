package archive

import (
	"fmt"
	"time"

	"holdfast/internal/backup"
	"holdfast/internal/store"
)

// ReadmeName is the first file of a package: what it is and how it is opened.
const ReadmeName = "README.txt"

// The sizes of the parts of a package: MinPart, or as much more as MaxParts of them
// need.
const (
	MinPart  = 64 << 20
	MaxParts = store.MaxCompose
	partStep = 1 << 20 // a larger part is a whole number of these
)

// PackageName returns the name of the package of a backup's n-th download.
func PackageName(policyID, backupID string, n int) string {
	return fmt.Sprintf("%s%s.%d.zip", DownloadsDir(policyID), backupID, n)
}

// PackageParts returns the folder of what a package is made of while it is being
// made, with a slash at its end.
func PackageParts(policyID, backupID string, n int) string {
	return PackageName(policyID, backupID, n) + ".parts/"
}

// PartSize returns the size of the parts of a package of so many bytes; the last
// one has what is left.
func PartSize(total int64) int64 {
	size := (total + MaxParts - 1) / MaxParts
	size = (size + partStep - 1) / partStep * partStep
	return max(size, MinPart)
}

// PackageAbout is what a package's README.txt says beside what the manifest knows.
type PackageAbout struct {
	// Status and Reason are those that the backup has now: a verification may have
	// changed what the manifest says.
	Status backup.Status
	Reason string
}

// packed is one entry of a package. Its content is that of an object of the backup,
// or data, or, where both are empty, the lines of SHA256SUMS.
type packed struct {
	name   string // in the package
	object string // below the backup's folder
	data   []byte
	size   int64
	crc32  uint32
	crc32c uint32
	sha256 string
}

// FileUntil returns until when a file with this backup can be restored (T2).
func (m *Manifest) FileUntil() time.Time {
	life := m.Limits.FileLife
	if life <= 0 {
		life = backup.DefaultLimits().FileLife
	}
	return m.StartedAt.Add(life)
}

// packedRow returns the entry of an attachment.
func packedRow(row IndexRow) (packed, error) {
	sum, err := parseCRC32(row.CRC32)
	if err != nil {
		return packed{}, fmt.Errorf("attachment %s: %w: %w", row.ID, ErrCorrupt, err)
	}
	return packed{name: PackedName(row), object: row.Object, size: row.Size, crc32: sum, crc32c: row.CRC32C, sha256: row.SHA256}, nil
}

// packedObject returns the entry of a segment or an index, whose name stays.
func packedObject(s stored) (packed, error) {
	if s.crc32 == "" {
		return packed{}, fmt.Errorf("%w: its manifest has no CRC-32 of %s: run a new backup", ErrNotPackable, s.object)
	}
	sum, err := parseCRC32(s.crc32)
	if err != nil {
		return packed{}, fmt.Errorf("%s: %w: %w", s.object, ErrCorrupt, err)
	}
	return packed{name: s.object, object: s.object, size: s.bytes, crc32: sum, crc32c: s.crc32c, sha256: s.sha256}, nil
}

// appendSum appends the entry's line of the package's SHA256SUMS.
func (e packed) appendSum(b []byte) []byte {
	b = append(append(b, e.sha256...), "  "...)
	return append(append(b, e.name...), '\n')
}
