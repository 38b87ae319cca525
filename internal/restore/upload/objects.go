package upload

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"sync"

	"golang.org/x/sync/errgroup"

	"holdfast/internal/archive"
	"holdfast/internal/restore"
	"holdfast/internal/store"
)

// atOnce is how many objects are stored at a time: a bucket takes some 50 ms for each,
// however small.
const atOnce = 4

// uploader puts the content of a package into its folder.
type uploader struct {
	s        store.Store
	sha      string
	m        archive.Manifest
	progress func(Progress)
	total    int64

	mu   sync.Mutex
	done int64
}

// all stores everything, manifest.json last: its presence is the backup.
func (u *uploader) all(ctx context.Context, p *archive.PackageReader) error {
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	var broken error
	// What the files open ends with ctx, not with the group: the list is read in it, too.
	for f, err := range p.Files(ctx) {
		if err != nil {
			broken = err
			break
		}
		if gctx.Err() != nil {
			break
		}
		group.Go(func() error { return u.put(gctx, f) })
	}
	if err := errors.Join(group.Wait(), broken); err != nil {
		return err
	}
	if err := u.put(ctx, p.Report()); err != nil {
		return err
	}
	state, err := p.StateBytes()
	if err == nil {
		err = u.put(ctx, bytesFile(archive.StateName, state))
	}
	if err == nil {
		err = u.sums(ctx, p)
	}
	if err == nil {
		err = u.put(ctx, bytesFile(archive.ManifestName, p.ManifestBytes()))
	}
	return err
}

// sums stores SHA256SUMS, which has a line for each attachment: it is made on disk.
func (u *uploader) sums(ctx context.Context, p *archive.PackageReader) error {
	f, err := os.CreateTemp("", "holdfast-sums-*")
	if err != nil {
		return fmt.Errorf("keep the list of sums on disk: %w; make room there", err)
	}
	defer f.Close()
	_ = os.Remove(f.Name()) // it goes with its last handle
	crc := crc32.New(castagnoli())
	if err := p.WriteSums(ctx, io.MultiWriter(f, crc)); err != nil {
		return err
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("keep the list of sums on disk: %w", err)
	}
	return u.put(ctx, archive.PackageFile{Object: archive.SumsName, Size: size, CRC32C: crc.Sum32(), Open: func() io.ReadCloser {
		return io.NopCloser(io.NewSectionReader(f, 0, size))
	}})
}

// bytesFile is a file of which all is known.
func bytesFile(object string, data []byte) archive.PackageFile {
	return archive.PackageFile{
		Object: object, Size: int64(len(data)), CRC32C: crc32.Checksum(data, castagnoli()),
		Open: func() io.ReadCloser { return io.NopCloser(bytes.NewReader(data)) },
	}
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// put stores one object, unless it is there as it should be.
func (u *uploader) put(ctx context.Context, f archive.PackageFile) error {
	name := restore.ImportDir(u.sha) + archive.BackupDir(u.m.Policy, u.m.Backup) + f.Object
	have, err := u.s.Stat(ctx, name)
	switch {
	case err == nil && have.Size == f.Size && have.CRC32C == f.CRC32C:
		u.add(f.Size)
		return nil
	case err == nil:
		// Of an upload that wrote something else there: nobody reads it before the manifest is there.
		if err := u.s.Delete(ctx, name, have.Generation); err != nil {
			return fmt.Errorf("replace what is there instead of %s: %w", f.Object, err)
		}
	case !errors.Is(err, store.ErrNotExist):
		return err
	}
	_, err = store.PutOnce(ctx, u.s, name, f.Size, f.CRC32C, func() (io.ReadCloser, error) {
		return &counted{ReadCloser: f.Open(), add: u.add}, nil
	})
	if errors.Is(err, store.ErrPrecondition) {
		return fmt.Errorf("%s: the file changed while it was read, or is uploaded twice at a time: upload it again: %w", f.Object, err)
	}
	return err
}

func (u *uploader) add(n int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.done += n
	u.progress(Progress{Storing, min(u.done, u.total), u.total})
}

// counted tells of what is read.
type counted struct {
	io.ReadCloser
	add func(int64)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if n > 0 {
		c.add(int64(n))
	}
	return n, err
}
