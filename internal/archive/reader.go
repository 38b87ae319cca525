package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"

	"holdfast/internal/store"
)

// Reader reads one sealed backup.
type Reader struct {
	s           store.Store
	dir         string
	manifest    Manifest
	manifestSHA string
	self        stored // the manifest itself
}

// Open reads the manifest of a backup. A backup without one is ErrNoManifest, an
// unknown format version ErrFormat, a damaged manifest ErrCorrupt.
func Open(ctx context.Context, s store.Store, policyID, backupID string) (*Reader, error) {
	dir := BackupDir(policyID, backupID)
	data, err := store.ReadAll(ctx, s, dir+ManifestName, maxManifest)
	if errors.Is(err, store.ErrNotExist) || errors.Is(err, store.ErrName) {
		return nil, fmt.Errorf("open the backup %s: %w: it was never completed, or it is deleted; see its %s", backupID, ErrNoManifest, StateName)
	}
	if err != nil {
		return nil, fmt.Errorf("open the backup %s: %w", backupID, err)
	}
	m, err := DecodeManifest(data, policyID, backupID)
	if err != nil {
		return nil, fmt.Errorf("open the backup %s: %w", backupID, err)
	}
	sum := newSummer(io.Discard)
	_, _ = sum.Write(data)
	return &Reader{s: s, dir: dir, manifest: m, manifestSHA: sum.sha256(), self: sum.stored(ManifestName)}, nil
}

// Manifest returns what the backup consists of. The caller does not change it.
func (r *Reader) Manifest() Manifest { return r.manifest }

// Records yields the records of a segment of the manifest in their order, in
// bounded memory. The checksum of the segment is known only at its end: an error
// that comes then means that what was yielded may be damaged. After an error it
// ends.
func (r *Reader) Records(ctx context.Context, seg Segment) iter.Seq2[Record, error] {
	return Records(ctx, r.s, r.dir, seg)
}

// Records is Reader.Records for a segment of a run that is not sealed yet; dir is
// BackupDir.
func Records(ctx context.Context, s store.Store, dir string, seg Segment) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		counts := map[string]int{}
		var raw int64
		n := 0
		for line, err := range readLines(ctx, s, dir, seg.stored(), nil) {
			if err != nil {
				yield(Record{}, err)
				return
			}
			n++
			if raw += int64(len(line)) + 1; raw > seg.RawBytes {
				yield(Record{}, seg.tooLong())
				return
			}
			rec, err := DecodeRecord(line)
			if err != nil {
				yield(Record{}, fmt.Errorf("%s, line %d: %w: %w", seg.Object, n, ErrCorrupt, err))
				return
			}
			counts[rec.Kind]++
			if !yield(rec, nil) {
				return
			}
		}
		if err := seg.checkCounts(raw, counts); err != nil {
			yield(Record{}, err)
		}
	}
}

// Attachments yields the rows of all indexes in their order, as Records does.
func (r *Reader) Attachments(ctx context.Context) iter.Seq2[IndexRow, error] {
	return func(yield func(IndexRow, error) bool) {
		for _, index := range r.manifest.Indexes {
			for row, err := range Rows(ctx, r.s, r.dir, index) {
				if !yield(row, err) || err != nil {
					return
				}
			}
		}
	}
}

// Rows yields the rows of one index, as Records does; dir is BackupDir.
func Rows(ctx context.Context, s store.Store, dir string, index Index) iter.Seq2[IndexRow, error] {
	return rows(ctx, s, dir, index)
}

func rows(ctx context.Context, s getter, dir string, index Index) iter.Seq2[IndexRow, error] {
	return func(yield func(IndexRow, error) bool) {
		var rows rowCounts
		for line, err := range readLines(ctx, s, dir, index.stored(), nil) {
			if err != nil {
				yield(IndexRow{}, err)
				return
			}
			row, err := decodeRow(line)
			if err != nil {
				yield(IndexRow{}, fmt.Errorf("%s, line %d: %w: %w", index.Object, rows.n+1, ErrCorrupt, err))
				return
			}
			if rows.add(row); rows.n > index.Attachments {
				yield(IndexRow{}, index.tooLong())
				return
			}
			if !yield(row, nil) {
				return
			}
		}
		if err := index.checkCounts(rows); err != nil {
			yield(IndexRow{}, err)
		}
	}
}

// decodeRow reads one line of an index.
func decodeRow(line []byte) (IndexRow, error) {
	var row IndexRow
	if err := json.Unmarshal(line, &row); err != nil {
		return row, withoutContent(err)
	}
	if err := checkBelow(row.Object, attachmentDir); err != nil {
		return row, err
	}
	if row.ID == "" || row.Size < 0 || !isSHA256(row.SHA256) {
		return row, errors.New("it has no id, or no possible size or SHA-256")
	}
	return row, nil
}

// AppendRow appends an index's row to dst as one line with a newline at its end.
func AppendRow(dst []byte, row IndexRow) ([]byte, error) {
	line, err := json.Marshal(row)
	if err != nil {
		return dst, fmt.Errorf("index row of the attachment %s: %w", row.ID, err)
	}
	if _, err := decodeRow(line); err != nil {
		return dst, fmt.Errorf("index row of the attachment %s: %w", row.ID, err)
	}
	return append(append(dst, line...), '\n'), nil
}

// OpenAttachment opens the bytes of an attachment. The reader compares size and
// SHA-256 and fails with ErrCorrupt instead of io.EOF where they differ. The
// caller closes it.
func (r *Reader) OpenAttachment(ctx context.Context, row IndexRow) (io.ReadCloser, error) {
	if err := checkBelow(row.Object, attachmentDir); err != nil {
		return nil, fmt.Errorf("attachment %s: %w: %w", row.ID, ErrCorrupt, err)
	}
	rc, err := r.s.Get(ctx, r.dir+row.Object, 0, -1)
	if errors.Is(err, store.ErrNotExist) {
		return nil, fmt.Errorf("attachment %s: %w: %w", row.ID, ErrCorrupt, err)
	}
	if err != nil {
		return nil, fmt.Errorf("attachment %s: %w", row.ID, err)
	}
	return &attachment{ReadCloser: rc, row: row, sha: sha256.New()}, nil
}

// attachment checks what it reads.
type attachment struct {
	io.ReadCloser
	row IndexRow
	n   int64
	sha hash.Hash
}

func (a *attachment) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	a.n += int64(n)
	a.sha.Write(p[:n])
	if err == io.EOF && (a.n != a.row.Size || hex.EncodeToString(a.sha.Sum(nil)) != a.row.SHA256) {
		err = fmt.Errorf("attachment %s: %w: its bytes are not those that were stored", a.row.ID, ErrCorrupt)
	}
	return n, err
}
