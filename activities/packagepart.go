package activities

import (
	"context"
	"crypto/sha256"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"strconv"

	"holdfast/internal/archive"
	"holdfast/internal/failure"
	"holdfast/internal/store"
)

// packagePart is what is known once a part of a package is stored: <i>.json beside the
// part <i>. With it the SHA-256 of the package is that of its bytes as they pass once:
// the state of the hash after each part is kept, so that an attempt that goes on after
// a part need not read those before it. Hashing the package once it is composed
// would read all of it again, and all over again after each kill.
type packagePart struct {
	// Of which package it is: another program may lay it out in another way.
	Package packageID `json:"package"`
	Size    int64     `json:"size"`
	CRC32C  uint32    `json:"crc32c"`
	// Next is where the next part goes on.
	Next archive.PackagePoint `json:"next"`
	// SHA256 is the state of the hash of all up to there (encoding.BinaryMarshaler).
	SHA256 []byte `json:"sha256"`

	sha hash.Hash // in this state
}

// packageID tells packages apart.
type packageID struct {
	Size   int64  `json:"size"`
	CRC32C uint32 `json:"crc32c"`
	Sums   string `json:"sums"` // SHA-256 of its SHA256SUMS
}

// startOfParts stands before the first part.
func startOfParts() packagePart { return packagePart{sha: sha256.New()} }

func (p *packager) id() packageID {
	return packageID{p.plan.Size(), p.plan.CRC32C(), p.plan.SumsSHA256()}
}

func (p *packager) partName(i int) string   { return p.dir + strconv.Itoa(i) }
func (p *packager) recordName(i int) string { return p.partName(i) + ".json" }

// part has the i-th part stored, which begins where before ends.
func (p *packager) part(ctx context.Context, i int, before packagePart) (packagePart, error) {
	known, ok, err := p.load(ctx, i)
	if err != nil {
		return packagePart{}, err
	}
	if ok {
		ok, err = p.stored(ctx, i, known)
	}
	if err == nil && !ok {
		known, err = p.write(ctx, i, before)
	}
	if err != nil {
		return packagePart{}, err
	}
	p.done = known.Next.Offset
	p.beat.at(StepProgress{Bytes: p.done, Total: p.plan.Size()})
	return known, nil
}

// load reads what is known of the i-th part. One of another package, or that can't be
// read, is none.
func (p *packager) load(ctx context.Context, i int) (part packagePart, ok bool, err error) {
	part = startOfParts()
	data, err := store.ReadAll(ctx, p.store, p.recordName(i), maxDocument)
	if errors.Is(err, store.ErrNotExist) {
		return part, false, nil
	}
	if err != nil {
		return part, false, err
	}
	if json.Unmarshal(data, &part) != nil || part.Package != p.id() || part.Next.Offset != p.end(i) {
		return startOfParts(), false, nil
	}
	state, ok := part.sha.(encoding.BinaryUnmarshaler)
	if !ok || state.UnmarshalBinary(part.SHA256) != nil {
		return startOfParts(), false, nil
	}
	return part, true, nil
}

// end is where the i-th part ends.
func (p *packager) end(i int) int64 {
	return min(int64(i+1)*p.partSize(p.plan.Size()), p.plan.Size())
}

// stored reports whether the i-th part is there as it is known.
func (p *packager) stored(ctx context.Context, i int, known packagePart) (bool, error) {
	o, err := p.store.Stat(ctx, p.partName(i))
	if errors.Is(err, store.ErrNotExist) {
		return false, nil
	}
	return err == nil && o.Size == known.Size && o.CRC32C == known.CRC32C, err
}

// write makes the i-th part. One that is there, because an earlier attempt got so far
// and no further, is held against it byte by byte and left, or replaced.
func (p *packager) write(ctx context.Context, i int, before packagePart) (packagePart, error) {
	name, cond := p.partName(i), store.IfAbsent()
	for range maxRaces {
		sums, err := before.sums()
		if err != nil {
			return packagePart{}, err
		}
		stream := p.plan.Open(ctx, before.Next, p.end(i))
		o, err := p.store.Put(ctx, name, &packing{stream, sums, p}, cond)
		if errors.Is(err, store.ErrPrecondition) {
			// Whether it is ours is known once all of ours has passed.
			if err = p.drain(&packing{stream, sums, p}); err == nil {
				o, err = p.store.Stat(ctx, name)
			}
		}
		next := stream.Point()
		if cerr := stream.Close(); err == nil {
			err = cerr
		}
		switch {
		case errors.Is(err, store.ErrNotExist):
			cond = store.IfAbsent()
			continue
		case err != nil:
			return packagePart{}, fmt.Errorf("part %d of %s: %w", i, p.name, err)
		case next.Offset != p.end(i):
			return packagePart{}, failure.New(failure.Corrupt, fmt.Sprintf("part %d of %s ends at byte %d, not %d", i, p.name, next.Offset, p.end(i)))
		case o.Size != sums.n || o.CRC32C != sums.crc:
			cond = store.IfGeneration(o.Generation)
			continue
		}
		part := packagePart{Package: p.id(), Size: sums.n, CRC32C: sums.crc, Next: next, sha: sums.sha}
		return part, p.save(ctx, i, &part)
	}
	return packagePart{}, fmt.Errorf("part %d of %s: others keep changing it", i, p.name)
}

// save writes what is known of the i-th part.
func (p *packager) save(ctx context.Context, i int, part *packagePart) (err error) {
	if part.SHA256, err = part.state(); err != nil {
		return err
	}
	data, err := json.Marshal(part)
	if err != nil {
		return err
	}
	return replace(ctx, p.store, p.recordName(i), func(cond store.Condition) error {
		_, err := store.PutBytes(ctx, p.store, p.recordName(i), data, cond)
		return err
	})
}

// state is that of the hash.
func (part packagePart) state() ([]byte, error) {
	m, ok := part.sha.(encoding.BinaryMarshaler)
	if !ok {
		return nil, errors.New("this program's SHA-256 keeps no state: build it with Go's own crypto/sha256")
	}
	return m.MarshalBinary()
}

// sums goes on with the hash where the part ends.
func (part packagePart) sums() (*partSums, error) {
	state, err := part.state()
	if err != nil {
		return nil, err
	}
	sums := newPartSums()
	return sums, sums.sha.(encoding.BinaryUnmarshaler).UnmarshalBinary(state)
}

// partSums sums up the bytes of a part, and those of the package up to its end.
type partSums struct {
	n   int64
	crc uint32 // Castagnoli, of the part
	sha hash.Hash
}

func newPartSums() *partSums { return &partSums{sha: sha256.New()} }

// Write implements io.Writer.
func (s *partSums) Write(b []byte) (int, error) {
	s.n += int64(len(b))
	s.crc = crc32.Update(s.crc, crc32.MakeTable(crc32.Castagnoli), b)
	return s.sha.Write(b)
}

// packing is the reading of a part: it sums up what passes and says how far it is.
type packing struct {
	r    io.Reader
	sums *partSums
	p    *packager
}

// Read implements io.Reader.
func (k *packing) Read(b []byte) (int, error) {
	n, err := k.r.Read(b)
	_, _ = k.sums.Write(b[:n])
	k.p.beat.at(StepProgress{Bytes: k.p.done + k.sums.n, Total: k.p.plan.Size()})
	return n, err
}
