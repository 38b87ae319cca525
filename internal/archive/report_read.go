package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"holdfast/internal/store"
)

// ReportVisitor is told of a report's rows, in their order. A nil function skips them;
// an error of one ends the reading and is returned as it is.
type ReportVisitor struct {
	Container func(ContainerRow) error
	Item      func(ItemRow) error
}

// ReadReport reads a report in constant memory and returns it without its lists,
// whose rows v is told of.
func ReadReport(r io.Reader, v ReportVisitor) (Report, error) {
	head := map[string]json.RawMessage{}
	src := &faultReader{r: r}
	d := json.NewDecoder(src)
	err := delim(d, '{')
	for err == nil && d.More() {
		var t json.Token
		if t, err = d.Token(); err != nil {
			break
		}
		switch name, _ := t.(string); name {
		case "containers":
			err = visit(d, v.Container)
		case "items":
			err = visit(d, v.Item)
		default:
			var value json.RawMessage
			if err = d.Decode(&value); err == nil {
				head[name] = value
			}
		}
	}
	if err == nil {
		err = delim(d, '}')
	}
	var report Report
	if err == nil {
		var data []byte
		if data, err = json.Marshal(head); err == nil {
			err = json.Unmarshal(data, &report)
		}
	}
	var visited *visitError
	switch {
	case err == nil && report.Format != FormatVersion:
		return Report{}, fmt.Errorf("report: %w %d: this program reads version %d", ErrFormat, report.Format, FormatVersion)
	case err == nil:
		return report, nil
	case errors.As(err, &visited):
		return Report{}, visited.err
	case src.err != nil:
		return Report{}, fmt.Errorf("report: %w", src.err)
	}
	return Report{}, fmt.Errorf("report: %w: %w", ErrCorrupt, withoutContent(err))
}

// faultReader remembers what its reader failed with, so that it isn't taken for
// damage.
type faultReader struct {
	r   io.Reader
	err error
}

func (f *faultReader) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && err != io.EOF {
		f.err = err
	}
	return n, err
}

// OpenReport reads report.json of a backup, as ReadReport does. It is there after
// the backup's expiry too.
func OpenReport(ctx context.Context, s store.Store, policyID, backupID string, v ReportVisitor) (Report, error) {
	r, err := s.Get(ctx, BackupDir(policyID, backupID)+ReportName, 0, -1)
	if err != nil {
		return Report{}, fmt.Errorf("report of %s: %w", backupID, err)
	}
	defer r.Close()
	report, err := ReadReport(r, v)
	if err != nil {
		return Report{}, fmt.Errorf("%s: %w", backupID, err)
	}
	return report, nil
}

// visitError tells an error of a visitor from those of the reading.
type visitError struct{ err error }

func (e *visitError) Error() string { return e.err.Error() }

func visit[T any](d *json.Decoder, f func(T) error) error {
	if err := delim(d, '['); err != nil {
		return err
	}
	for d.More() {
		var row T
		if err := d.Decode(&row); err != nil {
			return err
		}
		if f == nil {
			continue
		}
		if err := f(row); err != nil {
			return &visitError{err}
		}
	}
	return delim(d, ']')
}

// errShape is the error of JSON that is not a report.
var errShape = errors.New("it is not the JSON of a report")

func delim(d *json.Decoder, want json.Delim) error {
	t, err := d.Token()
	if err == nil && t != want {
		err = errShape
	}
	return err
}
