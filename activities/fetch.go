package activities

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/store"
)

// maxTries is how often an attachment is fetched whose bytes are not as many as
// its metadata says.
const maxTries = 3

// fetcher brings attachments from the site, or from an earlier backup, to the store.
type fetcher struct {
	store   store.Store
	product atlassian.Product
	policy  string
	folder  string // of the backup
	beat    *pulse
	log     *fetchedLog
	earlier map[string]earlier // what earlier backups hold, by attachmentKey
}

// all brings what the list on scratch, of so many bytes, has and the log has not.
func (f *fetcher) all(ctx context.Context, dir string, size int64) error {
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(maxTransfers)
	begun := make(map[string]bool)
	stop := eachListed(dir, size, func(a listed) error {
		if err := gctx.Err(); err != nil {
			return err
		}
		key := attachmentKey(a.Attachment)
		if f.log.done[key] || begun[key] {
			return nil
		}
		begun[key] = true
		if err := halt(ctx); err != nil {
			return err
		}
		group.Go(func() error {
			entry, err := f.bring(gctx, a, key)
			if err != nil {
				return err
			}
			entry.Key = key
			if err := f.log.add(entry); err != nil {
				return scratchFailed(err)
			}
			f.beat.add(StepProgress{Attachments: 1})
			return nil
		})
		return nil
	})
	if err := group.Wait(); err != nil {
		return err
	}
	if stop == nil {
		stop = ctx.Err()
	}
	return stop
}

// eachListed calls do with each line of the list of attachments on scratch, of so
// many bytes, until it returns an error.
func eachListed(dir string, size int64, do func(listed) error) error {
	list, err := os.Open(filepath.Join(dir, attachmentsFile))
	if err != nil {
		return lostScratch(err)
	}
	defer list.Close()
	lines := json.NewDecoder(bufio.NewReader(io.LimitReader(list, size)))
	for {
		var a listed
		err := lines.Decode(&a)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return lostScratch(errors.New("the list of attachments on scratch is damaged"))
		}
		if err := do(a); err != nil {
			return err
		}
	}
}

// bring copies an attachment that an earlier backup holds, and fetches any other,
// and one that can't be copied.
func (f *fetcher) bring(ctx context.Context, a listed, key string) (fetched, error) {
	e, known := f.earlier[key]
	if !known {
		return f.one(ctx, a)
	}
	row, ok, err := f.copy(ctx, a, e)
	if err != nil {
		return fetched{}, err
	}
	if ok {
		f.beat.add(StepProgress{Bytes: row.Size})
		return fetched{Row: &row}, nil
	}
	entry, err := f.one(ctx, a)
	entry.Refetched = true
	return entry, err
}

// one fetches an attachment and stores it, or tells why it can't be had. The error
// is of the site, the account or the store, not of this attachment.
func (f *fetcher) one(ctx context.Context, a listed) (fetched, error) {
	for try := 1; ; try++ {
		row, err := f.transfer(ctx, a)
		if err == nil {
			return fetched{Row: &row}, nil
		}
		var size *sizeError
		switch {
		case errors.As(err, &size) && try < maxTries:
			continue
		case errors.As(err, &size):
			return missing(a, fmt.Sprintf("its metadata says %d bytes, the site sends %d: look at it on the site", a.Size, size.got)), nil
		}
		switch atlassian.ClassOf(err) {
		case atlassian.ClassNotFound, atlassian.ClassForbidden:
			return f.absent(ctx, a, err)
		case atlassian.ClassProtocol:
			return missing(a, err.Error()), nil
		}
		return fetched{}, err
	}
}

// absent judges an attachment whose bytes are not to be had: gone if its item,
// read again, no longer lists it, missing otherwise.
func (f *fetcher) absent(ctx context.Context, a listed, cause error) (fetched, error) {
	there, err := f.product.Lists(ctx, a.Attachment)
	switch atlassian.ClassOf(err) {
	case atlassian.ClassNotFound:
		there, err = false, nil
	case atlassian.ClassForbidden, atlassian.ClassProtocol:
		return missing(a, fmt.Sprintf("its bytes are not to be had, nor is its item: %v", err)), nil
	}
	if err != nil {
		return fetched{}, err
	}
	if there {
		return missing(a, fmt.Sprintf("it is listed, but its bytes are not to be had: %v; look at it on the site", cause)), nil
	}
	entry := missing(a, "deleted or hidden since the census")
	entry.Problem.Gone = true
	return entry, nil
}

func missing(a listed, reason string) fetched {
	if a.Version > 0 {
		reason = fmt.Sprintf("version %d: %s", a.Version, reason)
	}
	return fetched{Problem: &atlassian.Problem{
		Kind: attachmentKind, ID: a.ID, Key: a.ItemKey, Container: a.Container, Reason: reason,
	}}
}

// attachmentKind is the kind of the problems of attachments.
const attachmentKind = "attachment"

// transfer streams an attachment from the site into the store. The name is there
// already when an earlier attempt got so far: that object is accepted when it
// equals what the site sends now, and replaced under its generation otherwise.
func (f *fetcher) transfer(ctx context.Context, a listed) (archive.IndexRow, error) {
	object := archive.AttachmentName(a.ID, a.Version)
	cond := store.IfAbsent()
	for range maxTries {
		row, err := f.put(ctx, a, object, cond)
		if !errors.Is(err, store.ErrPrecondition) {
			return row, err
		}
		have, err := f.store.Stat(ctx, f.folder+object)
		if errors.Is(err, store.ErrNotExist) {
			cond = store.IfAbsent()
			continue
		}
		if err != nil {
			return row, err
		}
		if row.SHA256 != "" && have.Size == row.Size && have.CRC32C == row.CRC32C {
			return row, nil
		}
		cond = store.IfGeneration(have.Generation)
	}
	return archive.IndexRow{}, fmt.Errorf("store attachment %s: another writer keeps changing it", a.ID)
}

// put fetches an attachment once and stores it under cond. Where that does not
// hold, the error is store.ErrPrecondition, and the row describes what was
// fetched all the same.
func (f *fetcher) put(ctx context.Context, a listed, object string, cond store.Condition) (archive.IndexRow, error) {
	body, err := f.product.Open(ctx, a.Attachment, 0)
	if err != nil {
		return archive.IndexRow{}, err
	}
	defer body.Close()
	in := newMeter(body, a.Size, f.beat)
	stored, err := f.store.Put(ctx, f.folder+object, in, cond)
	if errors.Is(err, store.ErrPrecondition) {
		if _, err := io.Copy(io.Discard, in); err != nil {
			return archive.IndexRow{}, err
		}
		return in.row(a, object), err
	}
	if err != nil {
		return archive.IndexRow{}, err
	}
	row := in.row(a, object)
	if stored.Size != row.Size || stored.CRC32C != row.CRC32C {
		return archive.IndexRow{}, fmt.Errorf("store attachment %s: %w", a.ID, store.ErrCorrupt)
	}
	return row, nil
}

// sizeError says that a body is not as long as the attachment's metadata says.
type sizeError struct{ want, got int64 }

func (e *sizeError) Error() string {
	return fmt.Sprintf("the site sends %d bytes of an attachment of %d", e.got, e.want)
}

// meter sums up an attachment as it passes, and fails at its end if its size is
// not the one that its metadata says.
type meter struct {
	r      io.Reader
	want   int64
	got    int64
	beat   *pulse
	sha    hash.Hash
	ieee   hash.Hash32
	crc32c hash.Hash32
}

func newMeter(r io.Reader, want int64, beat *pulse) *meter {
	return &meter{r: r, want: want, beat: beat, sha: sha256.New(), ieee: crc32.NewIEEE(),
		crc32c: crc32.New(crc32.MakeTable(crc32.Castagnoli))}
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.got += int64(n)
	for _, h := range []io.Writer{m.sha, m.ieee, m.crc32c} {
		_, _ = h.Write(p[:n]) // a hash takes everything
	}
	m.beat.add(StepProgress{Bytes: int64(n)})
	if m.got > m.want || err == io.EOF && m.got != m.want {
		err = &sizeError{m.want, m.got}
	}
	return n, err
}

// row describes the attachment whose bytes have passed.
func (m *meter) row(a listed, object string) archive.IndexRow {
	return archive.IndexRow{
		ID: a.ID, Version: a.Version, Object: object, Size: m.got,
		SHA256: hex.EncodeToString(m.sha.Sum(nil)), CRC32: archive.FormatCRC32(m.ieee.Sum32()), CRC32C: m.crc32c.Sum32(),
		MediaType: a.MediaType, Name: a.Name, Item: a.Item, ItemKey: a.ItemKey, Container: a.Container,
	}
}
