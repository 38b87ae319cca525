package restore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"holdfast/internal/archive"
	"holdfast/internal/store"
)

// The folders of all restores, and of all uploaded files.
const (
	Restores = "restores/"
	Imports  = "imports/"
)

// Folder is what the store has of one restore.
type Folder struct {
	s  store.Store
	id string
}

// OpenFolder returns the folder of a restore, whatever is in it.
func OpenFolder(s store.Store, restoreID string) Folder {
	return Folder{s: store.Sub(s, Dir(restoreID)), id: restoreID}
}

// The names in the folder of a restore.
const (
	mapName         = "map.json"     // the mapping file as it was given, written before the restore is asked for
	requestName     = "request.json" // written first of what workers write
	planName        = "plan.json"    // written when the whole plan is there
	mappingName     = "mapping.json"
	reportName      = "report.json"
	differencesName = "differences.json"
	endName         = "end.json" // written last
)

// headPage is how many batches a page of their list has.
const headPage = 200

// The most bytes that a document of a restore may have: a reader has it in memory.
const (
	maxDocument = 64 << 20
	maxMapping  = 512 << 20
)

func batchName(phase string, n int) string { return fmt.Sprintf("batches/%s/%d.json", phase, n) }

func headsName(phase string, page int) string { return fmt.Sprintf("heads/%s/%d.json", phase, page) }

func resultName(phase string, n int) string { return fmt.Sprintf("results/%s/%d.json", phase, n) }

func claimName(phase string, n int) string { return fmt.Sprintf("claims/%s/%d", phase, n) }

func comparedName(phase string, n int) string { return fmt.Sprintf("compare/%s/%d.json", phase, n) }

// Request is what a folder begins with: whose restore it is.
type Request struct {
	// Installation is the one that restores; another one leaves the folder alone.
	Installation string `json:"installation"`
	Spec         Spec   `json:"spec"`
}

// End says how a restore ended. A retry begins by removing it.
type End struct {
	Status  Status    `json:"status"`
	EndedAt time.Time `json:"endedAt"`
	Planned bool      `json:"planned"` // there is a plan
}

// Retriable reports whether the restore can be tried again: it then still needs the file
// that was uploaded for it.
func (e End) Retriable() bool {
	return e.Planned && (e.Status == Incomplete || e.Status == Failed || e.Status == Cancelled)
}

// Begin writes whose restore it is, if that is not there yet, and that it has not
// ended. It returns what is there.
func (f Folder) Begin(ctx context.Context, r Request) (Request, error) {
	have, err := f.Request(ctx)
	if errors.Is(err, store.ErrNotExist) {
		if err = f.write(ctx, requestName, r); err == nil {
			have = r
		}
	}
	if err != nil {
		return have, err
	}
	if have.Installation != r.Installation {
		return have, nil
	}
	return have, f.remove(ctx, endName)
}

// Request reads whose restore it is; store.ErrNotExist where nobody has begun it.
func (f Folder) Request(ctx context.Context) (Request, error) {
	var r Request
	return r, f.read(ctx, requestName, &r)
}

// End reads how the restore ended; store.ErrNotExist where it has not.
func (f Folder) End(ctx context.Context) (End, error) {
	var e End
	return e, f.read(ctx, endName, &e)
}

// Plan reads the plan; store.ErrNotExist where there is none.
func (f Folder) Plan(ctx context.Context) (*Plan, error) {
	p := new(Plan)
	if err := f.read(ctx, planName, p); err != nil {
		return nil, err
	}
	if p.Format != planFormat {
		return nil, fmt.Errorf("read the plan of restore %s: %w %d: plan again with this version", f.id, archive.ErrFormat, p.Format)
	}
	return p, nil
}

// Mapping reads the mapping of a plan.
func (f Folder) Mapping(ctx context.Context) (*Mapping, error) {
	data, err := store.ReadAll(ctx, f.s, mappingName, maxMapping)
	if err != nil {
		return nil, fmt.Errorf("read the mapping of restore %s: %w", f.id, err)
	}
	m := NewMapping()
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("read the mapping of restore %s: %w", f.id, err)
	}
	return m, nil
}

// Batch reads a batch of the plan.
func (f Folder) Batch(ctx context.Context, phase string, n int) (Batch, error) {
	var b Batch
	return b, f.read(ctx, batchName(phase, n), &b)
}

// Heads reads the list of a phase's batches from one on, as far as its page goes;
// none where there are no more.
func (f Folder) Heads(ctx context.Context, phase string, from int) ([]Head, error) {
	if from < 0 {
		return nil, fmt.Errorf("list the batches of %s: there is none with the number %d", phase, from)
	}
	var heads []Head
	err := f.read(ctx, headsName(phase, from/headPage), &heads)
	if errors.Is(err, store.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return heads[min(from%headPage, len(heads)):], nil
}

// read reads a JSON document.
func (f Folder) read(ctx context.Context, name string, v any) error {
	data, err := store.ReadAll(ctx, f.s, name, maxDocument)
	if err != nil {
		return fmt.Errorf("read %s of restore %s: %w", name, f.id, err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("read %s of restore %s: %w", name, f.id, err)
	}
	return nil
}

// write writes a JSON document, in place of whatever is there.
func (f Folder) write(ctx context.Context, name string, v any) error {
	data, err := json.Marshal(v)
	if err == nil {
		err = f.put(ctx, name, data)
	}
	if err != nil {
		return fmt.Errorf("write %s of restore %s: %w", name, f.id, err)
	}
	return nil
}

// put is write for bytes. It looks what is there only where something is.
func (f Folder) put(ctx context.Context, name string, data []byte) error {
	_, err := store.PutBytes(ctx, f.s, name, data, store.IfAbsent())
	for range 5 {
		if !errors.Is(err, store.ErrPrecondition) {
			break
		}
		_, err = store.Replace(ctx, f.s, name, data)
	}
	return err
}

// remove deletes an object, if it is there.
func (f Folder) remove(ctx context.Context, name string) error {
	o, err := f.s.Stat(ctx, name)
	if errors.Is(err, store.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = f.s.Delete(ctx, name, o.Generation)
	}
	if err != nil {
		return fmt.Errorf("delete %s of restore %s: %w", name, f.id, err)
	}
	return nil
}
