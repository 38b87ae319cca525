package archive

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"maps"
	"slices"
	"strings"

	"holdfast/internal/store"
)

// verifier is one run of Verify.
type verifier struct {
	ctx    context.Context
	s      store.Store
	dir    string
	opts   VerifyOptions
	r      *Reader
	result Verification
	total  int64

	seed   maphash.Seed
	items  []uint64 // hashes of kind and id
	names  []uint64 // hashes of the attachments' names
	report string   // SHA-256 of report.json
}

func (v *verifier) run(policyID, backupID string) error {
	v.seed = maphash.MakeSeed()
	if v.opts.Unique == nil {
		v.opts.Unique = uniqueKinds()
	}
	r, err := Open(v.ctx, v.s, policyID, backupID)
	switch {
	case errors.Is(err, ErrNoManifest), errors.Is(err, ErrCorrupt), errors.Is(err, ErrFormat), errors.Is(err, store.ErrCorrupt):
		v.result.problem(err)
		return nil
	case err != nil:
		return err
	}
	v.r = r
	v.result.Readable = true
	v.result.Counts = r.manifest.Counts
	if v.opts.Of <= 1 {
		v.total = r.manifest.Counts.StoredBytes
	}
	v.checkTally()
	for _, step := range []func() error{v.segments, v.indexes, v.documents, v.sums, v.extra} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// found passes on an error of reading and makes a problem of damage.
func (v *verifier) found(err error) error {
	if isAway(err) {
		return err
	}
	if err != nil {
		v.result.problem(err)
	}
	return nil
}

func (v *verifier) progress(n int64) {
	v.result.Bytes += n
	if v.opts.Progress != nil {
		v.opts.Progress(VerifyProgress{Objects: v.result.Objects, Bytes: v.result.Bytes, Total: v.total})
	}
}

// checkTally compares the sums of the manifest with its parts.
func (v *verifier) checkTally() {
	m := v.r.manifest
	m.Tally()
	if m.Counts != v.r.manifest.Counts || !maps.Equal(m.Records, v.r.manifest.Records) {
		v.result.problem(fmt.Errorf("%s: %w: its counts are not the sums of those of its segments and indexes", ManifestName, ErrCorrupt))
	}
}

func (v *verifier) segments() error {
	for _, seg := range v.r.manifest.Segments {
		if err := v.found(v.segment(seg)); err != nil {
			return err
		}
	}
	v.checkItems()
	return nil
}

// uniqueKinds are the kinds of which no id may occur twice.
func uniqueKinds() []string { return []string{"issue", "page", "blogpost", "project", "space"} }

// checkItems looks for items that are there twice.
func (v *verifier) checkItems() {
	if n := duplicates(v.items); n > 0 {
		v.result.problem(fmt.Errorf("%w: %d items are in it more than once", ErrCorrupt, n))
	}
	v.items = nil
}

// checkNames looks for attachments that are there twice.
func (v *verifier) checkNames() {
	if n := duplicates(v.names); n > 0 {
		v.result.problem(fmt.Errorf("%w: %d attachments are in the indexes more than once", ErrCorrupt, n))
	}
}

func (v *verifier) segment(seg Segment) error {
	if !inShare(seg.Object, v.opts.Share, v.opts.Of) {
		defer v.progress(0)
		return checkStored(v.ctx, v.s, v.dir, seg.stored())
	}
	v.result.Objects++
	return v.recordsOf(v.s, v.dir, seg)
}

// recordsOf reads a segment and takes note of its records.
func (v *verifier) recordsOf(s getter, dir string, seg Segment) error {
	return verifySegment(v.ctx, s, dir, seg, v.progress, func(kind, id string) {
		v.result.Records[kind]++
		if slices.Contains(v.opts.Unique, kind) {
			v.items = append(v.items, v.hash(kind+"\x00"+id))
		}
	})
}

func (v *verifier) indexes() error {
	for _, index := range v.r.manifest.Indexes {
		err := verifyRows(v.ctx, v.s, v.dir, index, v.progress, func(row IndexRow, err error) {
			if err != nil {
				v.result.problem(err)
			}
			v.names = append(v.names, v.hash(row.Object))
		}, v.attachment)
		if err := v.found(err); err != nil {
			return err
		}
		v.result.Objects++
	}
	v.checkNames()
	return nil
}

func (v *verifier) attachment(row IndexRow) error {
	if !inShare(row.Object, v.opts.Share, v.opts.Of) {
		defer v.progress(0)
		return CheckAttachment(v.ctx, v.s, v.dir, row)
	}
	v.result.Objects++
	return VerifyAttachment(v.ctx, v.s, v.dir, row, v.progress)
}

// documents reads report.json and state.json.
func (v *verifier) documents() error {
	var err error
	if v.report, err = hashObject(v.ctx, v.s, v.dir, ReportName, v.progress); err == nil {
		_, err = OpenReport(v.ctx, v.s, v.r.manifest.Policy, v.r.manifest.Backup, ReportVisitor{})
		if errors.Is(err, ErrFormat) {
			err = fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
	}
	if err := v.found(err); err != nil {
		return err
	}
	v.result.Objects++
	if _, err = ReadState(v.ctx, v.s, v.r.manifest.Policy, v.r.manifest.Backup); errors.Is(err, store.ErrNotExist) {
		err = fmt.Errorf("%s: %w: it is missing", StateName, ErrCorrupt)
	}
	return v.found(err)
}

// sums compares SHA256SUMS with what it must be, line by line.
func (v *verifier) sums() error {
	src, err := readSums(v.ctx, v.s, v.dir, v.progress)
	if err != nil {
		return v.found(err)
	}
	defer src.r.Close()
	v.result.Objects++
	next, stop := iter.Pull2(Sums(src))
	defer stop()
	n := 0
	for want, err := range expectedSums(v.ctx, v.s, v.dir, v.r.manifest, v.r.manifestSHA, v.report) {
		if err != nil {
			return v.foundOnce(err)
		}
		n++
		got, err, ok := next()
		switch {
		case err != nil && src.err != nil:
			return src.err
		case err != nil:
			return v.found(fmt.Errorf("%s: %w", SumsName, err))
		case !ok:
			return v.found(fmt.Errorf("%s: %w: it ends before the line of %s", SumsName, ErrCorrupt, want.Name))
		case got != want:
			return v.found(fmt.Errorf("%s: %w: line %d is not the name and SHA-256 of %s; lines after it were not compared", SumsName, ErrCorrupt, n, want.Name))
		}
	}
	if _, err, ok := next(); ok {
		if err != nil && src.err != nil {
			return src.err
		}
		return v.found(fmt.Errorf("%s: %w: it has more than the %d lines of this backup", SumsName, ErrCorrupt, n))
	}
	return nil
}

// foundOnce is found for damage that another step has told.
func (v *verifier) foundOnce(err error) error {
	if isAway(err) {
		return err
	}
	return nil
}

// extra lists the folder for objects that nothing names.
func (v *verifier) extra() error {
	known := map[string]bool{ManifestName: true, StateName: true, SumsName: true, ReportName: true}
	for _, seg := range v.r.manifest.Segments {
		known[seg.Object] = true
	}
	for _, index := range v.r.manifest.Indexes {
		known[index.Object] = true
	}
	for o, err := range v.s.List(v.ctx, v.dir) {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(o.Name, v.dir)
		if known[name] {
			continue
		}
		if _, ok := slices.BinarySearch(v.names, v.hash(name)); ok {
			continue
		}
		v.result.ExtraCount++
		if len(v.result.Extra) < maxProblems {
			v.result.Extra = append(v.result.Extra, name)
		}
	}
	return nil
}

func (v *verifier) hash(s string) uint64 { return maphash.String(v.seed, s) }

// duplicates sorts the hashes and returns how many there are twice. Two of a
// million different ones are equal once in 37 million times.
func duplicates(hashes []uint64) int {
	slices.Sort(hashes)
	n := 0
	for i := 1; i < len(hashes); i++ {
		if hashes[i] == hashes[i-1] {
			n++
		}
	}
	return n
}
