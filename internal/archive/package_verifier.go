package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"iter"

	"holdfast/internal/backup"
)

// packageVerifier is one run of VerifyPackage. The entries of a package are in a fixed
// order, so that what must be there and what is there are walked side by side, and
// none of the two is held.
type packageVerifier struct {
	verifier
	f    *packageFile
	zip  *directory
	size int64
	sums []Sum // of README.txt, manifest.json and report.json as they are
}

func (v *packageVerifier) run(f *packageFile) error {
	v.f, v.zip = f, f.directory(v.ctx)
	v.seed, v.total = maphash.MakeSeed(), v.size
	if v.opts.Unique == nil {
		v.opts.Unique = uniqueKinds()
	}
	for _, step := range []func() error{v.readme, v.manifest, v.reportFile, v.packedSegments, v.packedIndexes, v.attachments, v.sumsFile} {
		if err := step(); err != nil {
			return err
		}
	}
	e, _, err := v.zip.next()
	if err == io.EOF {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("%w: it has %s, which belongs to nothing", errEntry, shown(e.name))
	}
	return err
}

// expect takes the next entry, which must have this name. Where it has another one,
// nothing behind it can be compared.
func (v *packageVerifier) expect(name string) (packed, section, error) {
	e, content, err := v.zip.next()
	switch {
	case err == io.EOF:
		err = fmt.Errorf("%w: %s is missing, and all that should follow it", errEntry, shown(name))
	case err != nil && !errors.Is(err, errEntry):
	case err != nil:
		err = fmt.Errorf("%s: %w", shown(name), err)
	case e.name != name:
		err = fmt.Errorf("%w: where %s should be there is %s; what follows was not compared", errEntry, shown(name), shown(e.name))
	}
	return e, content, err
}

// agree returns a problem where the zip file's records say something else of an
// entry than manifest and indexes do.
func agree(e packed, want stored) error {
	if e.size != want.bytes || want.crc32 != "" && FormatCRC32(e.crc32) != want.crc32 {
		return fmt.Errorf("%s: %w: the zip file's size or CRC-32 of it is another one", want.object, ErrCorrupt)
	}
	return nil
}

// document reads the content of an entry of which nothing else is known by read, and
// notes its SHA-256.
func (v *packageVerifier) document(name string, read func(io.Reader) error) error {
	e, content, err := v.expect(name)
	if err != nil {
		return err
	}
	src := &source{r: v.f.open(v.ctx, content), sum: newSummer(io.Discard), progress: v.progress}
	rerr := read(src)
	if _, err := io.Copy(io.Discard, src); err != nil {
		return err
	}
	if src.sum.crc32() != FormatCRC32(e.crc32) {
		v.result.problem(fmt.Errorf("%s: %w: its CRC-32 is another one", name, ErrCorrupt))
	}
	v.sums = append(v.sums, Sum{Name: name, SHA256: src.sum.sha256()})
	v.result.Objects++
	return rerr
}

func (v *packageVerifier) readme() error {
	return v.document(ReadmeName, func(io.Reader) error { return nil })
}

func (v *packageVerifier) manifest() error {
	var data []byte
	err := v.document(ManifestName, func(r io.Reader) (err error) {
		data, err = io.ReadAll(io.LimitReader(r, maxManifest+1))
		return err
	})
	if err != nil {
		return err
	}
	if len(data) > maxManifest {
		return fmt.Errorf("%s: %w: it is larger than one can be", ManifestName, ErrCorrupt)
	}
	var ids struct{ Policy, Backup string }
	if err := json.Unmarshal(data, &ids); err != nil {
		return fmt.Errorf("%s: %w: %w", ManifestName, ErrCorrupt, withoutContent(err))
	}
	m, err := DecodeManifest(data, ids.Policy, ids.Backup)
	if err != nil {
		return err
	}
	if policy, _, err := backup.ParseBackupID(m.Backup); err != nil || policy != m.Policy {
		return fmt.Errorf("%s: %w: it is of no backup that there can be", ManifestName, ErrCorrupt)
	}
	v.r = &Reader{manifest: m}
	v.result.Readable, v.result.Counts = true, m.Counts
	v.checkTally()
	return nil
}

func (v *packageVerifier) reportFile() error {
	err := v.document(ReportName, func(r io.Reader) error {
		report, err := ReadReport(r, ReportVisitor{})
		if err == nil && report.Backup != v.r.manifest.Backup {
			err = fmt.Errorf("%s: %w: it is that of %.80q", ReportName, ErrCorrupt, report.Backup)
		}
		if isReadFault(err) {
			return err
		}
		if err != nil {
			v.result.problem(err)
		}
		return nil
	})
	return err
}

func (v *packageVerifier) packedSegments() error {
	for _, seg := range v.r.manifest.Segments {
		e, content, err := v.expect(seg.Object)
		if err != nil {
			return err
		}
		v.f.known[seg.Object] = content
		err = agree(e, seg.stored())
		if err == nil {
			err = v.recordsOf(v.f, "", seg)
		}
		delete(v.f.known, seg.Object)
		if err := v.found(err); err != nil {
			return err
		}
		v.result.Objects++
	}
	v.checkItems()
	return nil
}

// packedIndexes only looks where the indexes are: their rows are read with the
// attachments that they list.
func (v *packageVerifier) packedIndexes() error {
	for _, index := range v.r.manifest.Indexes {
		e, content, err := v.expect(index.Object)
		if err != nil {
			return err
		}
		v.f.known[index.Object] = content
		if err := agree(e, index.stored()); err != nil {
			v.result.problem(err)
		}
		v.result.Objects++
	}
	return nil
}

func (v *packageVerifier) attachments() error {
	for _, index := range v.r.manifest.Indexes {
		n := 0
		for row, err := range rows(v.ctx, v.f, "", index) {
			if err == nil {
				n++
				err = v.packedAttachment(row)
			}
			switch {
			case errors.Is(err, errEntry) || isReadFault(err):
				return err
			case err != nil:
				v.result.problem(err)
			}
		}
		// Of a damaged index the rest of the attachments is passed over.
		for ; n < index.Attachments; n++ {
			if _, _, err := v.zip.next(); err != nil && err != io.EOF {
				return err
			}
		}
		v.progress(index.Bytes)
	}
	v.checkNames()
	return nil
}

// packedAttachment compares an attachment with its row. A problem that is not
// errEntry leaves the others as they are.
func (v *packageVerifier) packedAttachment(row IndexRow) error {
	v.names = append(v.names, v.hash(row.Object))
	e, content, err := v.expect(PackedName(row))
	if err != nil {
		return err
	}
	v.result.Objects++
	if err := agree(e, row.stored()); err != nil {
		return err
	}
	src := &source{r: v.f.open(v.ctx, content), sum: newSummer(io.Discard), progress: v.progress}
	if _, err := io.Copy(io.Discard, src); err != nil {
		return err
	}
	return src.check(row.stored())
}

// sumsFile compares SHA256SUMS with what it must be, line by line.
func (v *packageVerifier) sumsFile() error {
	return v.document(SumsName, func(r io.Reader) error {
		next, stop := iter.Pull2(Sums(r))
		defer stop()
		problem := func(err error) error {
			if isReadFault(err) {
				return err
			}
			v.result.problem(fmt.Errorf("%s: %w", SumsName, err))
			return nil
		}
		n := 0
		for want, err := range v.expectedSums() {
			if err != nil {
				if isReadFault(err) {
					return err
				}
				return nil // the index is damaged, as was told
			}
			n++
			got, err, ok := next()
			switch {
			case err != nil:
				return problem(err)
			case !ok:
				return problem(fmt.Errorf("%w: it ends before the line of %s", ErrCorrupt, shown(want.Name)))
			case got != want:
				return problem(fmt.Errorf("%w: line %d is not the name and SHA-256 of %s; lines after it were not compared", ErrCorrupt, n, shown(want.Name)))
			}
		}
		if _, err, ok := next(); err != nil || ok {
			return problem(errors.Join(err, fmt.Errorf("%w: it has more than the %d lines of this package", ErrCorrupt, n)))
		}
		return nil
	})
}

// expectedSums yields the lines that SHA256SUMS must have.
func (v *packageVerifier) expectedSums() iter.Seq2[Sum, error] {
	return func(yield func(Sum, error) bool) {
		m := &v.r.manifest
		for _, sum := range v.sums {
			if !yield(sum, nil) {
				return
			}
		}
		for _, s := range m.Segments {
			if !yield(Sum{s.Object, s.SHA256}, nil) {
				return
			}
		}
		for _, i := range m.Indexes {
			if !yield(Sum{i.Object, i.SHA256}, nil) {
				return
			}
		}
		for _, i := range m.Indexes {
			for row, err := range rows(v.ctx, v.f, "", i) {
				if !yield(Sum{PackedName(row), row.SHA256}, err) || err != nil {
					return
				}
			}
		}
	}
}
