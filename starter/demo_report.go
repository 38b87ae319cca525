package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/store"
)

// demoReport is what a demo tells of the backup of one product. With -o json it
// is a line at the beginning (event "demo") and one at the end (event "end").
type demoReport struct {
	Event    string         `json:"event"`
	Data     string         `json:"data"` // folder of everything
	Store    string         `json:"store"`
	Site     string         `json:"site"`
	Temporal string         `json:"temporal"`
	WebUI    string         `json:"webUI"`
	Run      string         `json:"run"` // page of the run in the Web UI
	Product  backup.Product `json:"product"`
	Backup   string         `json:"backupId"`

	Row      *backup.Backup    `json:"backup,omitempty"`
	Folder   string            `json:"folder,omitempty"` // of the backup, in the store
	Verified bool              `json:"verified"`
	Objects  int               `json:"objectsRead"`
	Bytes    int64             `json:"bytesRead"`
	Problems []string          `json:"problems,omitempty"`
	Kinds    []archive.KindRow `json:"kinds,omitempty"`
	Took     string            `json:"took,omitempty"`

	at         time.Time // when the backup was read back and found whole
	containers []string  // keys of captured projects or spaces, largest first
}

// read reads what became of a run from the store alone.
func (r *demoReport) read(ctx context.Context, s store.Store, b backup.Backup) error {
	r.Event, r.Row = "end", &b
	if b.Status != backup.Complete && b.Status != backup.Incomplete {
		return nil
	}
	policyID, err := policyOf(b.ID)
	if err != nil {
		return err
	}
	r.Folder = filepath.Join(r.Data, "store", filepath.FromSlash(archive.BackupDir(policyID, b.ID)))
	if err := r.verify(ctx, s, policyID, b.ID); err != nil {
		return err
	}
	found, err := readCoverage(ctx, s, policyID, b.ID)
	if err != nil {
		return err
	}
	if found != nil {
		r.Kinds = found.Kinds
	}
	reader, err := archive.Open(ctx, s, policyID, b.ID)
	if err != nil {
		return err
	}
	r.containers = largest(reader.Manifest().Segments)
	return nil
}

// verify reads the backup from the store alone, as anybody could.
func (r *demoReport) verify(ctx context.Context, s store.Store, policyID, backupID string) error {
	v, err := archive.Verify(ctx, s, policyID, backupID, archive.VerifyOptions{})
	if err != nil {
		return err
	}
	r.Verified, r.Objects, r.Bytes, r.Problems = v.OK(), v.Objects, v.Bytes, v.Problems
	if r.Verified {
		r.at = time.Now()
	}
	return nil
}

// largest are the containers of the segments, by their size.
func largest(segments []archive.Segment) []string {
	bytes := map[string]int64{}
	for _, s := range segments {
		if s.Container != "" {
			bytes[s.Container] += s.RawBytes
		}
	}
	keys := slices.Sorted(maps.Keys(bytes))
	slices.SortStableFunc(keys, func(x, y string) int { return int(bytes[y] - bytes[x]) })
	return keys
}

// outcome is nil where the demo showed what it should.
func (r *demoReport) outcome() error {
	switch {
	case r.Row.Status == backup.Complete && !r.Verified:
		return errors.New("the backup says COMPLETE and its bytes are not what it says: that should not be; please report it with the problems above")
	case r.Row.Status == backup.Incomplete && !r.Verified:
		return outcome{backup.Failed}
	}
	return outcomeOf(r.Row.Status)
}

// outcomeOfAll is nil where each backup showed what it should, otherwise the worst.
func outcomeOfAll(reports []*demoReport) (worst error) {
	for _, r := range reports {
		err := r.outcome()
		var o outcome
		switch {
		case err == nil:
		case !errors.As(err, &o):
			return err
		case worst == nil || o.status != backup.Incomplete:
			worst = err
		}
	}
	return worst
}

// demoBegun tells where everything is, before the backups are watched.
func (a *app) demoBegun(reports []*demoReport) error {
	if a.json() {
		lines := json.NewEncoder(a.out)
		for _, r := range reports {
			if err := lines.Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(a.table(), 0, 0, 2, ' ', 0)
	row(w, "sample site", reports[0].Site)
	row(w, "Temporal", reports[0].Temporal)
	row(w, "data", reports[0].Data)
	for _, r := range reports {
		row(w, "backup", r.Backup)
		row(w, "Web UI of its run", r.Run)
	}
	return w.Flush()
}

// demoEnded tells what became of a backup.
func (a *app) demoEnded(r *demoReport) error {
	if a.json() {
		return json.NewEncoder(a.out).Encode(r)
	}
	w := tabwriter.NewWriter(a.table(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w)
	r.verdict(w)
	fmt.Fprintln(w)
	b := *r.Row
	b.VerifiedAt = r.at // by the demo itself, which the policy does not know
	printBackup(w, b, backup.Policy{Product: r.Product, Site: r.Site})
	for _, p := range r.Problems {
		row(w, "problem", p)
	}
	r.coverage(w)
	if err := w.Flush(); err != nil {
		return err
	}
	r.lookInside(a.out)
	return nil
}

// demoGoesOn tells how to go on from here.
func (a *app) demoGoesOn(reports []*demoReport, keeps bool) {
	r := reports[0]
	switch {
	case a.json():
	case keeps:
		fmt.Fprintf(a.out, "\nThe Web UI, Temporal and the site go on until Ctrl-C:\n")
		for _, r := range reports {
			fmt.Fprintf(a.out, "  %s\n", r.Run)
		}
		fmt.Fprintf(a.out, "  holdfast --address %s policy list\n", r.Temporal)
		for _, r := range reports {
			fmt.Fprintf(a.out, "  holdfast --address %s backup show %s --store %s\n", r.Temporal, r.Backup, shellQuote(r.Store))
		}
	default:
		fmt.Fprintf(a.out, "\nGo on with this site and look at its runs in the Web UI:\n  holdfast demo --data %s --again --keep\n", shellQuote(r.Data))
	}
}

func (r *demoReport) verdict(w io.Writer) {
	switch {
	case r.Verified:
		fmt.Fprintf(w, "%s: %s and verified: %s objects, %s read back from the store. All in %s.\n", r.Product, r.Row.Status, count(r.Objects), size(r.Bytes), r.Took)
	case r.Folder != "":
		fmt.Fprintf(w, "%s: %s and DAMAGED: what the store holds is not what was written.\n", r.Product, r.Row.Status)
	default:
		fmt.Fprintf(w, "%s: %s: %s\n", r.Product, r.Row.Status, cell(r.Row.Reason))
	}
}

// coverageWidth is how wide the list of what was captured is.
const coverageWidth = 90

// coverage is the report in short (D3): what was captured in a list, the rest one by one.
func (r *demoReport) coverage(w io.Writer) {
	var captured []string
	for _, k := range r.Kinds {
		if k.State == archive.Captured && k.Captured > 0 {
			captured = append(captured, fmt.Sprintf("%s %s", count(k.Captured), k.Name))
		}
	}
	title, line := "captured", ""
	for i, c := range captured {
		if i < len(captured)-1 {
			c += ";" // names have commas
		}
		if line != "" && len(line)+len(c) > coverageWidth {
			fmt.Fprintf(w, "%s\t%s\n", title, cell(line))
			title, line = "", ""
		}
		line = strings.TrimSpace(line + " " + c)
	}
	if line != "" {
		fmt.Fprintf(w, "%s\t%s\n", title, cell(line))
	}
	for _, k := range r.Kinds {
		if k.State != archive.Captured {
			about := k.Name
			if k.Note != "" {
				about += ": " + k.Note
			}
			row(w, string(k.State), about)
		}
	}
}

// lookInside prints commands of standard tools that read the backup.
func (r *demoReport) lookInside(w io.Writer) {
	if r.Folder == "" {
		return
	}
	fmt.Fprintf(w, "\nLook inside with standard tools:\n")
	for _, c := range r.commands() {
		fmt.Fprintf(w, "  %s\n", c)
	}
}

func (r *demoReport) commands() []string {
	all := []string{
		"cd " + shellQuote(filepath.Clean(r.Folder)),
		"sha256sum -c --quiet SHA256SUMS && echo every file is as it was written",
		"find . -name '*.zst' -exec zstd -tq {} +",
		"jq '{status, counts, records}' manifest.json",
	}
	if len(r.containers) == 0 {
		return all
	}
	dir, what := "projects/", `select(.kind == "issue") | .key + "  " + .body.fields.summary`
	if r.Product == backup.Confluence {
		dir, what = "spaces/", `select(.kind == "page") | .id + "  " + .body.title`
	}
	return append(all, fmt.Sprintf("zstd -dcq %s/*.ndjson.zst | jq -r '%s' | head", shellQuote(dir+r.containers[0]), what))
}

// shellQuote makes s one word of a shell's command line.
func shellQuote(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@", r)
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
