package archive

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"holdfast/internal/store"
)

// Sum is one line of SHA256SUMS.
type Sum struct {
	Name   string // below the backup's folder
	SHA256 string // hex
}

// SumsWriter writes the lines of SHA256SUMS as sha256sum reads them.
type SumsWriter struct{ w *bufio.Writer }

// NewSumsWriter returns a SumsWriter that writes to w.
func NewSumsWriter(w io.Writer) *SumsWriter { return &SumsWriter{bufio.NewWriter(w)} }

// Add writes one line.
func (w *SumsWriter) Add(name, sha256 string) error {
	if err := checkBelow(name, ""); err != nil { // no escapes are needed for names of ours
		return err
	}
	if !isSHA256(sha256) {
		return fmt.Errorf("%s: %.80q is not a SHA-256 in hex", name, sha256)
	}
	_, err := w.w.WriteString(sha256 + "  " + name + "\n")
	return err
}

// Close writes out what is buffered; the writer below stays open.
func (w *SumsWriter) Close() error { return w.w.Flush() }

// WriteSums writes SHA256SUMS of a backup that is about to be sealed: the
// segments, the indexes, the attachments in the order of the indexes (which it
// reads from the store), report.json and manifest.json, whose bytes are manifest.
func WriteSums(ctx context.Context, s store.Store, w io.Writer, m Manifest, manifestSHA256, reportSHA256 string) error {
	out := NewSumsWriter(w)
	for sum, err := range expectedSums(ctx, s, BackupDir(m.Policy, m.Backup), m, manifestSHA256, reportSHA256) {
		if err == nil {
			err = out.Add(sum.Name, sum.SHA256)
		}
		if err != nil {
			return fmt.Errorf("write %s of %s: %w", SumsName, m.Backup, err)
		}
	}
	return out.Close()
}

// expectedSums yields the lines of SHA256SUMS in their order.
func expectedSums(ctx context.Context, s getter, dir string, m Manifest, manifestSHA256, reportSHA256 string) iter.Seq2[Sum, error] {
	return func(yield func(Sum, error) bool) {
		for _, seg := range m.Segments {
			if !yield(Sum{seg.Object, seg.SHA256}, nil) {
				return
			}
		}
		for _, index := range m.Indexes {
			if !yield(Sum{index.Object, index.SHA256}, nil) {
				return
			}
		}
		for _, index := range m.Indexes {
			for row, err := range rows(ctx, s, dir, index) {
				if !yield(Sum{row.Object, row.SHA256}, err) || err != nil {
					return
				}
			}
		}
		_ = yield(Sum{ReportName, reportSHA256}, nil) && yield(Sum{ManifestName, manifestSHA256}, nil)
	}
}

// Sums yields the lines of a SHA256SUMS. After an error it ends.
func Sums(r io.Reader) iter.Seq2[Sum, error] {
	return func(yield func(Sum, error) bool) {
		n := 0
		for line, err := range lines(r) {
			n++
			var sum Sum
			if err == nil {
				var ok bool
				sum.SHA256, sum.Name, ok = strings.Cut(string(line), "  ")
				if !ok || !isSHA256(sum.SHA256) || checkBelow(sum.Name, "") != nil {
					err = fmt.Errorf("%w: line %d is not a SHA-256 and a name", ErrCorrupt, n)
				}
			} else if errors.Is(err, errLine) {
				err = fmt.Errorf("%w: %w", ErrCorrupt, err)
			}
			if !yield(sum, err) || err != nil {
				return
			}
		}
	}
}
