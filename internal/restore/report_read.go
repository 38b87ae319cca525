package restore

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
)

// Report reads the report of a restore; row is told of each of its rows, which are those
// that are not plainly created, and may be nil. It holds one row at a time.
func (f Folder) Report(ctx context.Context, row func(Row) error) (Report, error) {
	var r Report
	err := readDocument(ctx, f, reportName, &r, row)
	return r, err
}

// Differences reads what Compare found; row is told of each difference, and may be nil.
func (f Folder) Differences(ctx context.Context, row func(Difference) error) (DifferencesFile, error) {
	var d DifferencesFile
	err := readDocument(ctx, f, differencesName, &d, row)
	return d, err
}

// readDocument reads a document that document wrote.
func readDocument[Row any](ctx context.Context, f Folder, name string, head any, row func(Row) error) error {
	r, err := f.s.Get(ctx, name, 0, -1)
	if err != nil {
		return fmt.Errorf("read %s of restore %s: %w", name, f.id, err)
	}
	defer r.Close()
	if err := decodeDocument(r, head, row); err != nil {
		return fmt.Errorf("read %s of restore %s: %w", name, f.id, err)
	}
	return nil
}

// decodeDocument reads the members of an object into head, and those of the array
// "rows" one by one.
func decodeDocument[Row any](r io.Reader, head any, row func(Row) error) error {
	dec := json.NewDecoder(r)
	if err := delim(dec, '{'); err != nil {
		return err
	}
	members := map[string]json.RawMessage{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		if key != "rows" {
			var v json.RawMessage
			if err := dec.Decode(&v); err != nil {
				return err
			}
			members[fmt.Sprint(key)] = v
			continue
		}
		if err := delim(dec, '['); err != nil {
			return err
		}
		for dec.More() {
			var one Row
			if err := dec.Decode(&one); err != nil {
				return err
			}
			if row == nil {
				continue
			}
			if err := row(one); err != nil {
				return err
			}
		}
		if err := delim(dec, ']'); err != nil {
			return err
		}
	}
	if err := delim(dec, '}'); err != nil {
		return err
	}
	data, err := json.Marshal(members)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, head)
}

// delim takes a bracket.
func delim(dec *json.Decoder, want rune) error {
	t, err := dec.Token()
	if err != nil {
		return err
	}
	if d, ok := t.(json.Delim); !ok || rune(d) != want {
		return fmt.Errorf("%v where %c is expected", t, want)
	}
	return nil
}
