package restore

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"holdfast/internal/backup"
	"holdfast/internal/store"
)

// Report is what a restore has come to (report.json), without its rows.
type Report struct {
	Format   int            `json:"format"` // 1
	ID       string         `json:"id"`
	BackupID string         `json:"backupId"`
	Product  backup.Product `json:"product"`
	From     backup.Source  `json:"from"`
	Source   string         `json:"source,omitempty"` // site that was backed up
	Site     string         `json:"site"`
	CloudID  string         `json:"cloudId,omitempty"`
	Status   Status         `json:"status"`
	Reason   string         `json:"reason,omitempty"`
	By       string         `json:"by,omitempty"`

	BackupStarted time.Time `json:"backupStarted,omitzero"`
	PlannedAt     time.Time `json:"plannedAt,omitzero"`
	AppliedAt     time.Time `json:"appliedAt,omitzero"`
	EndedAt       time.Time `json:"endedAt"`

	Selection  Selection       `json:"selection,omitzero"`
	Options    Options         `json:"options,omitzero"`
	Containers []PlanContainer `json:"containers"`
	Kinds      []ReportKind    `json:"kinds"`
	// Batches is how many the plan has, NotDone how many of them were not reached.
	Batches  int      `json:"batches"`
	NotDone  int      `json:"notDone"`
	Warnings []string `json:"warnings,omitempty"`
	// Limits are what the API cannot write (T6).
	Limits []Limit `json:"limits"`
	Score  *Score  `json:"score,omitempty"`
}

// ReportKind is what became of the records of one kind.
type ReportKind struct {
	Kind    string `json:"kind"`
	Title   string `json:"title"`
	Archive int    `json:"archive"` // in the backup, of what is selected
	// PlannedSkip and Cannot are those that the plan leaves out; Note says why.
	PlannedSkip int    `json:"plannedSkip"`
	Cannot      int    `json:"cannot"`
	Note        string `json:"note,omitempty"`
	Counts
}

// ReportInput says how a restore ended.
type ReportInput struct {
	Status    Status
	Reason    string
	By        string
	AppliedAt time.Time
	EndedAt   time.Time
	Compared  bool // the destination was held against the archive
}

// Finish writes the report of a restore, and of what Compare found, and returns what
// travels of them: counts by kind, and the score. A restore of which there is no plan
// has a report too.
func (s *Steps) Finish(ctx context.Context, in ReportInput) (map[string]Counts, *Score, error) {
	f := s.folder()
	plan, err := f.Plan(ctx)
	planned := err == nil
	if errors.Is(err, store.ErrNotExist) {
		plan, err = &Plan{Spec: s.Spec}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	r := newReport(plan, in)
	if s.Target != nil {
		r.Limits = append(r.Limits, s.Target.Limits()...)
	}
	if in.Compared {
		if r.Score, err = s.differences(ctx, plan); err != nil {
			return nil, nil, fmt.Errorf("write what differs after the restore %s: %w", s.Spec.ID, err)
		}
	}
	counts, err := s.report(ctx, plan, r)
	if err == nil {
		err = f.write(ctx, endName, End{Status: in.Status, EndedAt: in.EndedAt.UTC(), Planned: planned})
	}
	if err != nil {
		return nil, nil, fmt.Errorf("write the report of the restore %s: %w", s.Spec.ID, err)
	}
	return counts, r.Score, nil
}

func newReport(p *Plan, in ReportInput) *Report {
	r := &Report{
		Format: planFormat, ID: p.Spec.ID, BackupID: p.Spec.BackupID, Product: p.Spec.Product, From: p.Spec.From,
		Source: p.Source, Site: p.Spec.Site, CloudID: p.CloudID, Status: in.Status, Reason: in.Reason, By: in.By,
		BackupStarted: p.BackupStarted, PlannedAt: p.PlannedAt, AppliedAt: in.AppliedAt, EndedAt: in.EndedAt.UTC(),
		Selection: p.Spec.Selection, Options: p.Spec.Options, Containers: p.Containers, Warnings: p.Warnings,
		Kinds: []ReportKind{}, Limits: []Limit{},
	}
	for _, phase := range p.Phases {
		r.Batches += phase.Batches
	}
	if r.Containers == nil {
		r.Containers = []PlanContainer{}
	}
	return r
}

// report writes report.json: rows come after all that is said of them together, and
// wait on disk for it. A record of which several phases tell is counted once.
func (s *Steps) report(ctx context.Context, plan *Plan, r *Report) (map[string]Counts, error) {
	all := joiner[Row]{scratch: s.Scratch, limit: sortedInMemory, join: Row.with, key: func(r Row) recordKey {
		return recordKey{r.Kind, r.ID + "\x00" + r.Parent}
	}}
	defer all.close()
	done := 0
	for _, phase := range plan.Phases {
		for result, err := range s.folder().results(ctx, phase) {
			if err != nil {
				return nil, err
			}
			s.moved()
			done++
			for _, row := range result.Rows {
				if err := all.add(row); err != nil {
					return nil, err
				}
			}
		}
	}
	r.NotDone = r.Batches - done
	rows, err := newRowFile(s.Scratch)
	if err != nil {
		return nil, err
	}
	defer rows.close()
	counts, err := s.tally(&all, rows)
	if err != nil {
		return nil, err
	}
	r.count(plan, counts)
	return counts, s.folder().document(ctx, reportName, r, rows)
}

// tally counts rows by kind, and keeps those that are not plainly created.
func (s *Steps) tally(all *joiner[Row], rows *rowFile) (map[string]Counts, error) {
	sorted, err := all.sources()
	if err != nil {
		return nil, err
	}
	counts := map[string]Counts{}
	for row, err := range all.all(sorted) {
		if err != nil {
			return nil, err
		}
		s.moved()
		c := counts[row.Kind]
		c.count(row.Outcome)
		counts[row.Kind] = c
		if row.Outcome == Created {
			continue
		}
		if err := rows.add(row); err != nil {
			return nil, err
		}
	}
	return counts, nil
}

// count fills in the kinds: those of the plan in its order, then any others.
func (r *Report) count(plan *Plan, counts map[string]Counts) {
	left := maps.Clone(counts)
	for _, k := range plan.Kinds {
		r.Kinds = append(r.Kinds, ReportKind{
			Kind: k.Kind, Title: k.Title, Archive: k.Archive, PlannedSkip: k.Skip, Cannot: k.Cannot, Note: k.Note, Counts: left[k.Kind],
		})
		delete(left, k.Kind)
	}
	for _, kind := range slices.Sorted(maps.Keys(left)) {
		r.Kinds = append(r.Kinds, ReportKind{Kind: kind, Title: kind, Archive: left[kind].Total(), Counts: left[kind]})
	}
}

// differences writes differences.json out of what Compare found of each batch.
func (s *Steps) differences(ctx context.Context, plan *Plan) (*Score, error) {
	rows, err := newRowFile(s.Scratch)
	if err != nil {
		return nil, err
	}
	defer rows.close()
	all := NewDifferences()
	for _, phase := range plan.Phases {
		name := func(n int) string { return comparedName(phase.Name, n) }
		for found, err := range readEach[Compared](ctx, s.folder(), phase.Batches, name) {
			if err != nil {
				return nil, err
			}
			s.moved()
			for _, row := range found.Rows {
				if err := rows.add(row); err != nil {
					return nil, err
				}
			}
			found.Rows = nil
			all.Add(found)
		}
	}
	c := all.Compared()
	score := c.Score()
	d := DifferencesFile{Format: planFormat, ID: s.Spec.ID, Score: score, Kinds: c.Kinds, Fields: c.Fields}
	return &score, s.folder().document(ctx, differencesName, d, rows)
}

// DifferencesFile is what Compare found of a restore (differences.json), without its
// rows.
type DifferencesFile struct {
	Format int             `json:"format"` // 1
	ID     string          `json:"id"`
	Score  Score           `json:"score"`
	Kinds  []ComparedKind  `json:"kinds"`
	Fields []ComparedField `json:"fields"`
}

// rowFile keeps rows on disk, as JSON with commas between.
type rowFile struct {
	file *os.File
	out  *bufio.Writer
	n    int
}

func newRowFile(scratch string) (*rowFile, error) {
	f, err := os.CreateTemp(scratch, "rows-*")
	if err != nil {
		return nil, fmt.Errorf("keep rows on disk: %w; make room there", err)
	}
	_ = os.Remove(f.Name()) // it goes with its last handle
	return &rowFile{file: f, out: bufio.NewWriterSize(f, 64<<10)}, nil
}

func (r *rowFile) add(row any) error {
	data, err := json.Marshal(row)
	if err != nil {
		return err
	}
	if r.n++; r.n > 1 {
		_, err = r.out.WriteString(",\n")
	}
	if err == nil {
		_, err = r.out.Write(data)
	}
	if err != nil {
		return fmt.Errorf("keep rows on disk: %w; make room there", err)
	}
	return nil
}

func (r *rowFile) close() { _ = r.file.Close() }

// document writes a JSON document that ends in a member "rows".
func (f Folder) document(ctx context.Context, name string, head any, rows *rowFile) error {
	if err := rows.out.Flush(); err != nil {
		return fmt.Errorf("keep rows on disk: %w; make room there", err)
	}
	data, err := json.MarshalIndent(head, "", " ")
	if err != nil {
		return err
	}
	data = append(data[:len(data)-2], ",\n \"rows\": [\n"...) // without the last newline and brace
	return f.stream(ctx, name, io.MultiReader(
		bytes.NewReader(data), io.NewSectionReader(rows.file, 0, 1<<62), bytes.NewReader([]byte("]\n}\n"))))
}
