package activities

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"holdfast/internal/archive"
	"holdfast/internal/failure"
	"holdfast/internal/store"
)

// packager makes one package.
type packager struct {
	store    store.Store
	in       PackageInput
	beat     *pulse
	partSize func(total int64) int64

	plan *archive.Package
	name string // of the package
	dir  string // of its parts
	done int64  // bytes that are stored
}

// check refuses what needs no look into the store.
func (p *packager) check() error {
	d := p.in.Backup.Download
	if d == nil || d.Number < 1 {
		return failure.New(failure.InvalidArgument, fmt.Sprintf("no download of backup %s is asked for", p.in.Backup.ID))
	}
	p.name = archive.PackageName(p.in.Policy.ID, p.in.Backup.ID, d.Number)
	p.dir = archive.PackageParts(p.in.Policy.ID, p.in.Backup.ID, d.Number)
	return p.fits(p.in.Backup.Counts.StoredBytes)
}

// fits is TooBig where so many bytes are over the limit (L2).
func (p *packager) fits(size int64) error {
	limit := p.in.Policy.Limits.MaxDownload
	if size <= limit {
		return nil
	}
	return failure.NewWithDetails(failure.TooBig, fmt.Sprintf(
		"the package of backup %s would have %d bytes, and a download has at most %d (`--max-download`): copy its folder out of the store instead",
		p.in.Backup.ID, size, limit), size, limit)
}

func (p *packager) run(ctx context.Context) (PackageResult, error) {
	r, err := archive.Open(ctx, p.store, p.in.Policy.ID, p.in.Backup.ID)
	if err != nil {
		return PackageResult{}, err
	}
	if err := p.fits(r.Manifest().Counts.StoredBytes); err != nil {
		return PackageResult{}, err
	}
	about := archive.PackageAbout{Status: p.in.Backup.Status, Reason: p.in.Backup.Reason}
	if p.plan, err = archive.PlanPackage(ctx, r, about, func() { p.beat.add(StepProgress{}) }); err != nil {
		return PackageResult{}, err
	}
	if err := p.fits(p.plan.Size()); err != nil {
		return PackageResult{}, err
	}
	made, err := p.made(ctx)
	if err != nil {
		return PackageResult{}, err
	}
	var sha string
	if made {
		sha, err = p.madeSHA256(ctx)
	} else {
		sha, err = p.make(ctx)
	}
	if err != nil {
		return PackageResult{}, err
	}
	return PackageResult{Size: p.plan.Size(), SHA256: sha}, p.clear(ctx)
}

// parts is how many parts there are.
func (p *packager) parts() int {
	size := p.partSize(p.plan.Size())
	return int((p.plan.Size() + size - 1) / size)
}

// made reports whether the package is there. Another object of its name is deleted:
// it was made by a program that lays packages out in another way.
func (p *packager) made(ctx context.Context) (bool, error) {
	o, err := p.store.Stat(ctx, p.name)
	switch {
	case errors.Is(err, store.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case o.Size == p.plan.Size() && o.CRC32C == p.plan.CRC32C():
		return true, nil
	}
	return false, drop(ctx, p.store, o)
}

// madeSHA256 is the SHA-256 of a package that is there: that after its last part or,
// where the parts are deleted already, that of its bytes.
func (p *packager) madeSHA256(ctx context.Context) (string, error) {
	if last, ok, err := p.load(ctx, p.parts()-1); err != nil || ok {
		return hex.EncodeToString(last.sha.Sum(nil)), err
	}
	r, err := p.store.Get(ctx, p.name, 0, -1)
	if err != nil {
		return "", err
	}
	defer r.Close()
	sums := newPartSums()
	if err := p.drain(io.TeeReader(r, sums)); err != nil {
		return "", err
	}
	if sums.n != p.plan.Size() || sums.crc != p.plan.CRC32C() {
		return "", failure.New(failure.Corrupt, fmt.Sprintf("%s: what the store reads back is not what was stored; delete this download and prepare another", p.name))
	}
	return hex.EncodeToString(sums.sha.Sum(nil)), nil
}

// make stores the parts that are not there yet, and composes them.
func (p *packager) make(ctx context.Context) (string, error) {
	now := startOfParts()
	var names []string
	var crc uint32
	for i := range p.parts() {
		next, err := p.part(ctx, i, now)
		if err != nil {
			return "", err
		}
		crc = store.ConcatCRC32C(crc, next.CRC32C, next.Size)
		names = append(names, p.partName(i))
		now = next
	}
	// Each content was held against its CRC-32; this holds all of it, and the parts
	// of earlier attempts, against what the indexes say beside that.
	if crc != p.plan.CRC32C() {
		if err := removeAll(ctx, p.store, p.dir, p.beat, nil); err != nil {
			return "", err
		}
		return "", failure.New(failure.Corrupt, fmt.Sprintf(
			"the parts of the package of backup %s do not add up to what its indexes say: verify it with `holdfast backup verify`", p.in.Backup.ID))
	}
	if err := p.compose(ctx, names); err != nil {
		return "", err
	}
	return hex.EncodeToString(now.sha.Sum(nil)), nil
}

// composeLimit is how long the activity beats while the store composes: many times
// what it takes to append 50 GB on a slow disk.
const composeLimit = time.Hour

// compose makes the package of its parts.
func (p *packager) compose(ctx context.Context, names []string) error {
	composing, over := context.WithTimeout(ctx, composeLimit)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for tick := time.NewTicker(silence / 5); ; {
			select {
			case <-composing.Done():
				tick.Stop()
				return
			case <-tick.C:
				p.beat.add(StepProgress{}) // one call, which says nothing of how far it is
			}
		}
	}()
	o, err := p.store.Compose(composing, names, p.name, store.IfAbsent())
	over()
	<-stopped
	if err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrRefused) {
		// An error is ambiguous: look.
		if found, serr := p.store.Stat(ctx, p.name); serr == nil {
			o, err = found, nil
		}
	}
	if err != nil {
		return fmt.Errorf("compose %s: %w", p.name, err)
	}
	if o.Size != p.plan.Size() || o.CRC32C != p.plan.CRC32C() {
		if err := drop(ctx, p.store, o); err != nil {
			return err
		}
		return fmt.Errorf("compose %s: %w", p.name, store.ErrCorrupt)
	}
	return nil
}

// clear deletes the parts. What is known of the last one goes last: it has the
// SHA-256. Parts that a retention policy keeps stay until DeletePackage.
func (p *packager) clear(ctx context.Context) error {
	last := p.recordName(p.parts() - 1)
	var kept keptObjects
	for _, keep := range []func(string) bool{func(name string) bool { return name == last }, nil} {
		if err := kept.removeAll(ctx, p.store, p.dir, p.beat, keep); err != nil {
			return err
		}
	}
	return nil
}

// drain reads r to its end.
func (p *packager) drain(r io.Reader) error {
	_, err := io.Copy(beatWriter{io.Discard, p.beat}, r)
	return err
}
