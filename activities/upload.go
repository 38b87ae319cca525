package activities

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sync/errgroup"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/store"
)

// maxTransfers is how many objects of a shard are sent to the store, or read
// back, at a time.
const maxTransfers = 4

// UploadResult says what an upload has stored: counts, and the object that lists it.
type UploadResult struct {
	Counts backup.Counts `json:"counts"`
	// Object is runs/<backup>/results/<shard>.<attempt>.json: a ShardResult.
	Object string `json:"object"`
}

// Upload stores the compressed segments, then the bytes of the attachments, each
// copied inside the store where an earlier backup has it and otherwise straight
// from the site, then their index, and last the object that lists all of it. A later Upload of the same attempt goes on after what is stored. An object
// that is there already must equal ours, otherwise Corrupt: another attempt, with
// other names, is due. Attachments have the names of what they are, whatever the
// attempt; one that is there is accepted or replaced by what the site has now.
func (h *Host) Upload(ctx context.Context, in StepInput) (UploadResult, error) {
	var result UploadResult
	err := h.step(ctx, in, func(ctx context.Context, dir string, beat *pulse) error {
		u := &uploader{host: h, in: in, dir: dir, beat: beat}
		u.folder = archive.BackupDir(in.Run.Policy.ID, in.Run.BackupID)
		var err error
		result, err = u.run(ctx)
		return err
	})
	if err == nil {
		h.deps.Metrics.ShardStored(in.Run.Policy, result.Counts)
	}
	return result, err
}

// uploader is one run of Upload.
type uploader struct {
	host   *Host
	in     StepInput
	dir    string // on scratch
	folder string // of the backup, in the store
	beat   *pulse
}

func (u *uploader) run(ctx context.Context) (UploadResult, error) {
	export, err := loadDone(u.dir)
	if err != nil {
		return UploadResult{}, err
	}
	result := ShardResult{
		Shard: u.in.Shard, Attempt: u.in.Lease.Attempt, Slices: export.Slices,
		Segments: []archive.Segment{}, Problems: export.Problems, Rest: export.Rest,
		Counts: backup.Counts{Records: export.records(), RawBytes: export.rawBytes(), Gone: export.Gone, Missing: export.Missing},
	}
	for _, s := range export.Slices {
		result.Counts.Items += len(s.Captured)
		if s.Whole {
			result.Counts.Containers++
		}
	}
	if err := u.segments(ctx, export, &result); err != nil {
		return UploadResult{}, err
	}
	if u.in.Run.Options.Attachments && export.Attachments > 0 {
		if err := u.attachments(ctx, export, &result); err != nil {
			return UploadResult{}, err
		}
	}
	d := openRunDir(u.host.deps.Store, u.in.Run)
	name := d.result(u.in.Shard.ID, u.in.Lease.Attempt)
	if err := d.write(ctx, name, result); err != nil {
		return UploadResult{}, err
	}
	return UploadResult{Counts: result.Counts, Object: name}, nil
}

// segments stores the compressed segments.
func (u *uploader) segments(ctx context.Context, export *exportState, result *ShardResult) error {
	var state compressState
	if err := loadState(u.dir, compressFile, &state); err != nil {
		return err
	}
	if len(state.Segments) != len(export.Segments) {
		return lostScratch(errors.New("not all segments on this scratch are compressed"))
	}
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(maxTransfers)
	var stop error
	for n, raw := range export.Segments {
		if stop = halt(gctx); stop != nil {
			break
		}
		c := state.Segments[n]
		group.Go(func() error { return u.put(gctx, raw.Object, zstPath(u.dir, n), c) })
		result.Segments = append(result.Segments, archive.Segment{
			Object: raw.Object, Container: raw.Container, Records: raw.Records,
			RawBytes: raw.Bytes, Bytes: c.Bytes, SHA256: c.SHA256, CRC32C: c.CRC32C, CRC32: c.CRC32,
		})
		result.Counts.StoredBytes += c.Bytes
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return stop
}

// put stores a file of the scratch under a name below the backup's folder.
func (u *uploader) put(ctx context.Context, object, path string, c archive.Compressed) error {
	_, err := store.PutOnce(ctx, u.host.deps.Store, u.folder+object, c.Bytes, c.CRC32C, func() (io.ReadCloser, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, lostScratch(err)
		}
		return &moving{f, u.beat}, nil
	})
	if errors.Is(err, store.ErrPrecondition) {
		return failure.New(failure.Corrupt, fmt.Sprintf("%v; the shard is attempted anew under other names", err))
	}
	return err
}

// moving tells the heartbeat of each piece that is read.
type moving struct {
	io.ReadCloser
	beat *pulse
}

func (m *moving) Read(p []byte) (int, error) {
	n, err := m.ReadCloser.Read(p)
	m.beat.add(StepProgress{Bytes: int64(n)})
	return n, err
}

// attachments brings the attachments into the store, and their index.
func (u *uploader) attachments(ctx context.Context, export *exportState, result *ShardResult) error {
	product, err := u.host.product(u.in.Run)
	if err != nil {
		return err
	}
	log, err := openFetched(u.dir)
	if err != nil {
		return scratchFailed(err)
	}
	defer log.close()
	u.beat.at(StepProgress{Items: export.Items, Attachments: len(log.done), Bytes: result.Counts.StoredBytes})
	earlier, err := u.earlier(ctx, export, log)
	if err != nil {
		return err
	}
	f := &fetcher{
		store: u.host.deps.Store, product: product, policy: u.in.Run.Policy.ID, folder: u.folder,
		beat: u.beat, log: log, earlier: earlier,
	}
	if err := f.all(ctx, u.dir, export.ListBytes); err != nil {
		return err
	}
	sum, err := log.index(u.dir)
	if err != nil {
		return scratchFailed(err)
	}
	if sum.refetched > 0 {
		u.host.deps.Log.Warn("attachments that earlier backups list were not to be had there and were fetched anew: verify those backups",
			"shard", u.in.Shard.ID, "attachments", sum.refetched, "backups", u.in.Run.Sources)
	}
	for _, p := range sum.problems {
		if p.Gone {
			result.Counts.Gone++
		} else {
			result.Counts.Missing++
		}
	}
	result.Problems = append(result.Problems, sum.problems...)
	result.Refetched = sum.refetched
	if sum.index.Attachments == 0 {
		return nil
	}
	return u.index(ctx, sum.index, result)
}

// earlier looks up which of the shard's attachments earlier backups hold.
func (u *uploader) earlier(ctx context.Context, export *exportState, log *fetchedLog) (map[string]earlier, error) {
	if len(u.in.Run.Sources) == 0 {
		return nil, nil
	}
	f := &finder{
		store: u.host.deps.Store, policy: u.in.Run.Policy.ID, beat: u.beat, log: u.host.deps.Log,
		wanted: make(map[string]int64), found: make(map[string]earlier),
	}
	if err := f.want(u.dir, export.ListBytes, log.done); err != nil {
		return nil, err
	}
	return f.found, f.find(ctx, u.in.Run.Sources)
}

// index compresses and stores the index.
func (u *uploader) index(ctx context.Context, index archive.Index, result *ShardResult) error {
	zst := u.dir + "/" + indexFile + ".zst"
	c, err := archive.Compress(ctx, u.dir+"/"+indexFile, zst, nil)
	if err != nil {
		return scratchFailed(err)
	}
	index.Object = archive.IndexName(u.in.Shard.ID, u.in.Lease.Attempt)
	index.Bytes, index.SHA256, index.CRC32C, index.CRC32 = c.Bytes, c.SHA256, c.CRC32C, c.CRC32
	if err := u.put(ctx, index.Object, zst, c); err != nil {
		return err
	}
	result.Index = &index
	result.Counts.Attachments = index.Attachments
	result.Counts.AttachmentsReused = index.Reused
	result.Counts.AttachmentBytes = index.AttachmentBytes
	result.Counts.StoredBytes += index.Bytes + index.AttachmentBytes
	return nil
}
