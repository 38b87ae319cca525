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
	d := json.NewDecoder(r)
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
	case isJSON(err):
		return Report{}, fmt.Errorf("report: %w: %w", ErrCorrupt, withoutContent(err))
	}
	return Report{}, fmt.Errorf("report: %w", err)
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

// isJSON reports whether err is one of the JSON, not of reading it.
func isJSON(err error) bool {
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	return errors.As(err, &syntax) || errors.As(err, &typ) || errors.Is(err, errShape) || errors.Is(err, io.EOF) || err == io.ErrUnexpectedEOF
}
