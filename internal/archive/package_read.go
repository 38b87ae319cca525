package archive

import (
	"context"
	"fmt"
	"io"
	"iter"
)

// PackageReader reads the files of a package as those of the folder of the backup that
// it is made of. It does not verify them: VerifyPackage does, before. Whoever stores them
// compares what was stored with the sums of each, since the file may change in between.
type PackageReader struct {
	f        *packageFile
	manifest Manifest
	document []byte // manifest.json as it is
	sum      string // its SHA-256
	report   PackageFile
}

// PackageFile is a file of the backup in a package.
type PackageFile struct {
	Object string // its name below the backup's folder
	Size   int64
	SHA256 string
	CRC32C uint32
	Open   func() io.ReadCloser
}

// OpenPackage opens a package of so many bytes. What is no package is ErrCorrupt, one of
// another version ErrFormat.
func OpenPackage(ctx context.Context, r io.ReaderAt, size int64) (*PackageReader, error) {
	m, err := ReadPackageManifest(ctx, r, size)
	if err != nil {
		return nil, err
	}
	p := &PackageReader{manifest: m}
	if p.f, err = openZip(r, size); err != nil {
		return nil, err
	}
	next := p.entries(ctx)
	for _, read := range []func(packed, section) error{
		func(packed, section) error { return nil }, // README.txt
		func(_ packed, at section) error { return p.readManifest(ctx, at) },
		func(_ packed, at section) error { return p.readReport(ctx, at) },
	} {
		e, at, err := next()
		if err == nil {
			err = read(e, at)
		}
		if err != nil {
			return nil, err
		}
	}
	for range m.Segments {
		if _, _, err := next(); err != nil {
			return nil, err
		}
	}
	for _, i := range m.Indexes {
		_, at, err := next()
		if err != nil {
			return nil, err
		}
		p.f.known[i.Object] = at
	}
	return p, nil
}

func (p *PackageReader) readManifest(ctx context.Context, at section) (err error) {
	if p.document, err = io.ReadAll(p.f.open(ctx, at)); err != nil {
		return err
	}
	sum := newSummer(io.Discard)
	_, _ = sum.Write(p.document)
	p.sum = sum.sha256()
	return nil
}

func (p *PackageReader) readReport(ctx context.Context, at section) error {
	src := &source{r: p.f.open(ctx, at), sum: newSummer(io.Discard)}
	if _, err := io.Copy(io.Discard, src); err != nil {
		return err
	}
	p.report = p.file(ctx, at, src.sum.stored(ReportName))
	return nil
}

// entries returns a function that takes the entries in their order; one that should be
// there and is not is ErrCorrupt.
func (p *PackageReader) entries(ctx context.Context) func() (packed, section, error) {
	d := p.f.directory(ctx)
	return func() (packed, section, error) {
		e, at, err := d.next()
		if err == io.EOF {
			err = fmt.Errorf("%w: it ends where more should follow", errEntry)
		}
		return e, at, err
	}
}

func (p *PackageReader) file(ctx context.Context, at section, s stored) PackageFile {
	return PackageFile{Object: s.object, Size: s.bytes, SHA256: s.sha256, CRC32C: s.crc32c, Open: func() io.ReadCloser {
		return p.f.open(ctx, at)
	}}
}

// Manifest returns what the backup consists of.
func (p *PackageReader) Manifest() Manifest { return p.manifest }

// ManifestBytes returns manifest.json as it is, byte by byte.
func (p *PackageReader) ManifestBytes() []byte { return p.document }

// Report returns report.json.
func (p *PackageReader) Report() PackageFile { return p.report }

// Files yields the segments, the indexes and the attachments, in their order. Each is
// where the manifest and the indexes say and of the size that they say; anything else
// is ErrCorrupt. What a file opens ends with the context.
func (p *PackageReader) Files(ctx context.Context) iter.Seq2[PackageFile, error] {
	return func(yield func(PackageFile, error) bool) {
		next := p.entries(ctx)
		for range 3 { // README.txt, manifest.json, report.json
			if _, _, err := next(); err != nil {
				yield(PackageFile{}, err)
				return
			}
		}
		for want, err := range p.listed(ctx) {
			var at section
			if err == nil {
				at, err = want.take(next)
			}
			if !yield(p.file(ctx, at, want.stored), err) || err != nil {
				return
			}
		}
	}
}

// listing is a file that the manifest or an index lists, and its name in the package.
type listing struct {
	stored
	name string
}

func (l listing) take(next func() (packed, section, error)) (section, error) {
	e, at, err := next()
	if err == nil && (e.name != l.name || e.size != l.bytes) {
		err = fmt.Errorf("%s: %w: it is not where it should be", shown(l.name), ErrCorrupt)
	}
	return at, err
}

// listed yields what the manifest and the indexes list.
func (p *PackageReader) listed(ctx context.Context) iter.Seq2[listing, error] {
	return func(yield func(listing, error) bool) {
		for _, s := range p.manifest.Segments {
			if !yield(listing{s.stored(), s.Object}, nil) {
				return
			}
		}
		for _, i := range p.manifest.Indexes {
			if !yield(listing{i.stored(), i.Object}, nil) {
				return
			}
		}
		for _, i := range p.manifest.Indexes {
			for row, err := range rows(ctx, p.f, "", i) {
				if !yield(listing{row.stored(), PackedName(row)}, err) || err != nil {
					return
				}
			}
		}
	}
}

// WriteSums writes SHA256SUMS as the backup's folder has it: that of the package lists
// the names of the package.
func (p *PackageReader) WriteSums(ctx context.Context, to io.Writer) error {
	w := NewSumsWriter(to)
	for sum, err := range expectedSums(ctx, p.f, "", p.manifest, p.sum, p.report.SHA256) {
		if err == nil {
			err = w.Add(sum.Name, sum.SHA256)
		}
		if err != nil {
			return fmt.Errorf("write %s of %s: %w", SumsName, p.manifest.Backup, err)
		}
	}
	return w.Close()
}

// StateBytes returns state.json as it was when the backup was sealed.
func (p *PackageReader) StateBytes() ([]byte, error) {
	m := p.manifest
	return Encode(State{Backup: m.Backup, Status: m.Status, StartedAt: m.StartedAt, EndedAt: m.SealedAt})
}
