package archive

import (
	"context"
	"errors"
	"fmt"
	"io"

	"holdfast/internal/store"
)

// verifySegment reads one segment wholly; dir is BackupDir. Damage is an error
// that is ErrCorrupt. progress is told of stored bytes read, record of each
// record; both may be nil.
func verifySegment(ctx context.Context, s getter, dir string, seg Segment, progress func(int64), record func(kind, id string)) error {
	counts := map[string]int{}
	var raw int64
	n := 0
	for line, err := range readLines(ctx, s, dir, seg.stored(), progress) {
		if err != nil {
			return err
		}
		n++
		if raw += int64(len(line)) + 1; raw > seg.RawBytes {
			return seg.tooLong()
		}
		r, err := DecodeRecord(line)
		if err != nil {
			return fmt.Errorf("%s, line %d: %w: %w", seg.Object, n, ErrCorrupt, err)
		}
		counts[r.Kind]++
		if record != nil {
			record(r.Kind, r.ID)
		}
	}
	return seg.checkCounts(raw, counts)
}

// verifyIndex reads one index and all attachments that it lists; otherwise it is
// as verifySegment. It goes on after a damaged attachment, telling attachment of
// each and of what is wrong with it; without attachment it ends there.
func verifyIndex(ctx context.Context, s store.Store, dir string, index Index, progress func(int64), attachment func(IndexRow, error)) error {
	return verifyRows(ctx, s, dir, index, progress, attachment, func(row IndexRow) error {
		return VerifyAttachment(ctx, s, dir, row, progress)
	})
}

// verifyRows is verifyIndex that verifies each attachment by verify.
func verifyRows(ctx context.Context, s store.Store, dir string, index Index, progress func(int64), attachment func(IndexRow, error), verify func(IndexRow) error) error {
	var rows rowCounts
	for line, err := range readLines(ctx, s, dir, index.stored(), progress) {
		if err != nil {
			return err
		}
		row, err := decodeRow(line)
		if err != nil {
			return fmt.Errorf("%s, line %d: %w: %w", index.Object, rows.n+1, ErrCorrupt, err)
		}
		if rows.add(row); rows.n > index.Attachments {
			return index.tooLong()
		}
		err = verify(row)
		if isAway(err) || err != nil && attachment == nil {
			return err
		}
		if attachment != nil {
			attachment(row, err)
		}
	}
	return index.checkCounts(rows)
}

// VerifyAttachment reads the bytes of an attachment and compares size, SHA-256,
// CRC-32 and CRC32C; otherwise it is as verifySegment.
func VerifyAttachment(ctx context.Context, s store.Store, dir string, row IndexRow, progress func(int64)) error {
	src, err := get(ctx, s, dir, row.Object, progress)
	if err != nil {
		return err
	}
	defer src.r.Close()
	if _, err := io.Copy(io.Discard, src); err != nil {
		return err
	}
	if row.CRC32 == "" {
		return fmt.Errorf("%s: %w: its row has no CRC-32", row.Object, ErrCorrupt)
	}
	return src.check(row.stored())
}

// CheckAttachment compares the size and the CRC32C that the store tells of an
// attachment with its row, without reading the bytes: what a copy inside the
// store is checked by. Otherwise it is as verifySegment.
func CheckAttachment(ctx context.Context, s store.Store, dir string, row IndexRow) error {
	return checkStored(ctx, s, dir, row.stored())
}

// checkStored is CheckAttachment for any object of which that much is known.
func checkStored(ctx context.Context, s store.Store, dir string, want stored) error {
	o, err := s.Stat(ctx, dir+want.object)
	switch {
	case errors.Is(err, store.ErrNotExist):
		return fmt.Errorf("%s: %w: it is missing", want.object, ErrCorrupt)
	case err != nil:
		return err
	case o.Size != want.bytes:
		return fmt.Errorf("%s: %w: %d bytes, not %d", want.object, ErrCorrupt, o.Size, want.bytes)
	case o.CRC32C != want.crc32c:
		return fmt.Errorf("%s: %w: its CRC32C is another one", want.object, ErrCorrupt)
	}
	return nil
}

// FormatCRC32 returns a CRC-32 as IndexRow has it: 8 hex digits.
func FormatCRC32(sum uint32) string { return fmt.Sprintf("%08x", sum) }

// hashObject returns the SHA-256 of a whole object, in hex.
func hashObject(ctx context.Context, s store.Store, dir, object string, progress func(int64)) (string, error) {
	src, err := get(ctx, s, dir, object, progress)
	if err != nil {
		return "", err
	}
	defer src.r.Close()
	if _, err := io.Copy(io.Discard, src); err != nil {
		return "", err
	}
	return src.sum.sha256(), nil
}

// readSums opens SHA256SUMS.
func readSums(ctx context.Context, s store.Store, dir string, progress func(int64)) (*source, error) {
	src, err := get(ctx, s, dir, SumsName, progress)
	if err != nil && !errors.Is(err, ErrCorrupt) {
		err = fmt.Errorf("read %s: %w", SumsName, err)
	}
	return src, err
}
