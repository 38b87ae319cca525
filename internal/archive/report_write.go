package archive

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ReportWriter writes report.json row by row: first the containers, then the
// items, then Close.
type ReportWriter struct {
	w     *bufio.Writer
	sum   *summer
	items bool
	rows  int
	err   error
}

// NewReportWriter begins a report; it sets Format.
func NewReportWriter(w io.Writer, r Report) (*ReportWriter, error) {
	r.Format = FormatVersion
	head, err := Encode(r)
	if err != nil {
		return nil, fmt.Errorf("write the report: %w", err)
	}
	head = bytes.TrimSuffix(head, []byte("\n}\n"))
	sum := newSummer(w)
	rw := &ReportWriter{w: bufio.NewWriter(sum), sum: sum}
	rw.write(head)
	rw.write([]byte(",\n \"containers\": ["))
	return rw, rw.err
}

// Container writes the row of a container.
func (w *ReportWriter) Container(row ContainerRow) error {
	if w.items {
		return errors.New("write the report: containers come before items")
	}
	return w.row(row)
}

// Item writes the row of an item that is missing or gone.
func (w *ReportWriter) Item(row ItemRow) error {
	w.beginItems()
	return w.row(row)
}

// Close ends the report, not the writer below, and returns its SHA-256 in hex.
func (w *ReportWriter) Close() (sha256 string, err error) {
	w.beginItems()
	w.write([]byte("]\n}\n"))
	if w.err == nil {
		w.err = w.w.Flush()
	}
	return w.sum.sha256(), w.err
}

func (w *ReportWriter) beginItems() {
	if !w.items {
		w.write([]byte("],\n \"items\": ["))
		w.items, w.rows = true, 0
	}
}

func (w *ReportWriter) row(v any) error {
	var b bytes.Buffer
	if w.rows > 0 {
		b.WriteByte(',')
	}
	b.WriteString("\n  ")
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	w.rows++
	w.write(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
	return w.err
}

func (w *ReportWriter) write(p []byte) {
	if w.err == nil {
		if _, err := w.w.Write(p); err != nil {
			w.err = fmt.Errorf("write the report: %w", err)
		}
	}
}
