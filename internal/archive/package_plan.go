package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"iter"
	"math"

	"holdfast/internal/store"
)

// Package is the layout of a package: what each of its bytes will be, before the
// bytes of any attachment or segment are read. The same backup and the same
// PackageAbout give the same bytes, whoever makes them and when.
//
// Its entries stand in groups: first README.txt, manifest.json, report.json, the
// segments and the indexes, then for each index its attachments, last SHA256SUMS.
// It remembers of each group how much room it takes, and no entry: they are walked
// anew, from the index on that is wanted.
type Package struct {
	r     *Reader
	time  zipTime
	head  []packed // README.txt, manifest.json, report.json
	rooms []extent // of each group

	sums    packed // the entry of SHA256SUMS
	sumsSHA string
	end     zipEnd
	tail    []byte // what stands behind the directory
	crc32c  uint32
}

// extent is how much room the entries of a group take.
type extent struct {
	entries int64
	data    int64 // headers and contents
	sums    int64 // lines of SHA256SUMS
	central int64 // directory
}

// PlanPackage lays out the package of a backup. It reads report.json, SHA256SUMS and
// the indexes, and tells moved, which may be nil, of each entry. A backup that is
// damaged is ErrCorrupt, one whose manifest has no CRC-32 ErrNotPackable.
func PlanPackage(ctx context.Context, r *Reader, about PackageAbout, moved func()) (*Package, error) {
	p := &Package{r: r, time: newZipTime(r.manifest.SealedAt)}
	if err := p.plan(ctx, about, moved); err != nil {
		return nil, fmt.Errorf("lay out the package of the backup %s: %w", r.manifest.Backup, err)
	}
	return p, nil
}

func (p *Package) plan(ctx context.Context, about PackageAbout, moved func()) error {
	if err := p.planHead(ctx, about); err != nil {
		return err
	}
	var all planner
	all.sha = sha256.New()
	for group := range p.groups() {
		before := all.extent
		for e, err := range p.entries(ctx, group) {
			if err != nil {
				return err
			}
			if err := all.add(e, p.time); err != nil {
				return err
			}
			if moved != nil {
				moved()
			}
		}
		p.rooms = append(p.rooms, all.extent.less(before))
	}
	p.sums = packed{name: SumsName, size: all.extent.sums, crc32: all.sumsIEEE, crc32c: all.sumsCRC}
	p.sumsSHA = hex.EncodeToString(all.sha.Sum(nil))
	before := all.extent
	if err := all.add(p.sums, p.time); err != nil {
		return err
	}
	p.rooms = append(p.rooms, all.extent.less(before))
	p.end = zipEnd{entries: all.extent.entries, offset: all.extent.data, bytes: all.extent.central}
	p.tail = p.end.append(nil)
	crc := store.ConcatCRC32C(all.dataCRC, all.centralCRC, all.extent.central)
	p.crc32c = crc32.Update(crc, castagnoli(), p.tail)
	return nil
}

// planner adds up the entries of a package.
type planner struct {
	extent
	dataCRC, centralCRC, sumsCRC uint32 // CRC32C
	sumsIEEE                     uint32
	sha                          hash.Hash // of SHA256SUMS
	buf                          []byte
}

func (a *planner) add(e packed, t zipTime) error {
	if e.size > math.MaxInt64/4-a.extent.data {
		return fmt.Errorf("%s: %w: its size is impossible", e.name, ErrCorrupt)
	}
	offset := a.extent.data
	a.buf = e.appendLocal(a.buf[:0], t)
	a.extent.data += int64(len(a.buf)) + e.size
	a.dataCRC = store.ConcatCRC32C(crc32.Update(a.dataCRC, castagnoli(), a.buf), e.crc32c, e.size)

	a.buf = e.appendCentral(a.buf[:0], t, offset)
	a.extent.central += int64(len(a.buf))
	a.centralCRC = crc32.Update(a.centralCRC, castagnoli(), a.buf)
	a.extent.entries++
	if e.name == SumsName {
		return nil // it does not list itself
	}
	a.buf = e.appendSum(a.buf[:0])
	a.extent.sums += int64(len(a.buf))
	a.sumsCRC = crc32.Update(a.sumsCRC, castagnoli(), a.buf)
	a.sumsIEEE = crc32.Update(a.sumsIEEE, crc32.IEEETable, a.buf)
	_, _ = a.sha.Write(a.buf)
	return nil
}

func (x extent) less(o extent) extent {
	return extent{x.entries - o.entries, x.data - o.data, x.sums - o.sums, x.central - o.central}
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// planHead makes the entries whose sums the manifest does not have.
func (p *Package) planHead(ctx context.Context, about PackageAbout) error {
	manifest, err := packedObject(p.r.self)
	if err != nil {
		return err
	}
	src, err := get(ctx, p.r.s, p.r.dir, ReportName, nil)
	if err != nil {
		return err
	}
	defer src.r.Close()
	if _, err := io.Copy(io.Discard, src); err != nil {
		return err
	}
	report, err := packedObject(src.sum.stored(ReportName))
	if err != nil {
		return err
	}
	if err := p.checkDocuments(ctx, manifest, report); err != nil {
		return err
	}
	text := packageReadme(&p.r.manifest, about)
	sum := sha256.Sum256(text)
	p.head = []packed{{
		name: ReadmeName, data: text, size: int64(len(text)), crc32: crc32.ChecksumIEEE(text),
		crc32c: crc32.Checksum(text, castagnoli()), sha256: hex.EncodeToString(sum[:]),
	}, manifest, report}
	return nil
}

// checkDocuments holds the manifest and the report, which the package's SHA256SUMS
// will vouch for, against that of the backup.
func (p *Package) checkDocuments(ctx context.Context, documents ...packed) error {
	src, err := readSums(ctx, p.r.s, p.r.dir, nil)
	if err != nil {
		return err
	}
	defer src.r.Close()
	found := 0
	for sum, err := range Sums(src) {
		if err != nil {
			return errors.Join(src.err, err)
		}
		for _, d := range documents {
			if sum.Name != d.object {
				continue
			}
			if sum.SHA256 != d.sha256 {
				return fmt.Errorf("%s: %w: its SHA-256 is not that of %s", d.object, ErrCorrupt, SumsName)
			}
			found++
		}
	}
	if found != len(documents) {
		return fmt.Errorf("%s: %w: it does not have one line for each of %s and %s", SumsName, ErrCorrupt, ManifestName, ReportName)
	}
	return nil
}

// groups is how many groups of entries there are before SHA256SUMS.
func (p *Package) groups() int { return 1 + len(p.r.manifest.Indexes) }

// entries yields the entries of a group.
func (p *Package) entries(ctx context.Context, group int) iter.Seq2[packed, error] {
	return func(yield func(packed, error) bool) {
		m := &p.r.manifest
		if group == len(m.Indexes)+1 {
			yield(p.sums, nil)
			return
		}
		if group > 0 {
			for row, err := range Rows(ctx, p.r.s, p.r.dir, m.Indexes[group-1]) {
				var e packed
				if err == nil {
					e, err = packedRow(row)
				}
				if !yield(e, err) || err != nil {
					return
				}
			}
			return
		}
		for _, e := range p.head {
			if !yield(e, nil) {
				return
			}
		}
		for _, s := range m.Segments {
			if e, err := packedObject(s.stored()); !yield(e, err) || err != nil {
				return
			}
		}
		for _, i := range m.Indexes {
			if e, err := packedObject(i.stored()); !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// Size is how many bytes the package has.
func (p *Package) Size() int64 { return p.end.offset + p.end.bytes + int64(len(p.tail)) }

// Entries is how many files are in it.
func (p *Package) Entries() int64 { return p.end.entries }

// CRC32C is the Castagnoli checksum that the package will have.
func (p *Package) CRC32C() uint32 { return p.crc32c }

// SumsSHA256 is the SHA-256 of its SHA256SUMS, in hex: together with CRC32C and Size
// it says whether two packages are the same.
func (p *Package) SumsSHA256() string { return p.sumsSHA }
