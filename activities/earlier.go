package activities

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/store"
)

// earlier is an attachment that an earlier backup holds, as its index says.
type earlier struct {
	from   string // id of the backup
	object string // below that backup's folder
	size   int64
	sha256 string
	crc32  string
	crc32c uint32
}

// finder looks up which of a shard's attachments earlier backups of the policy
// hold. An attachment is the same where its id, its version (Confluence) and its
// size are.
//
// It reads, once for a shard, the manifest of each source and those of its indexes
// that may have something of the shard's items, as a stream, and keeps a
// row for what the shard wants: its memory is bounded by the shard's own list. Of
// a source of 100,000 attachments in 100 indexes a shard of 1,000 reads two
// (BenchmarkFindEarlier): some 20 ms instead of 1.2 s. The look-ups of all shards
// of a site cost about as much as reading its indexes twice, however many they are.
type finder struct {
	store  store.Store
	policy string
	beat   *pulse
	log    *slog.Logger

	wanted map[string]int64 // sizes, by attachmentKey, of what is not found yet
	reach  archive.Reach    // of all that was wanted
	found  map[string]earlier
}

// want adds what the list on scratch, of so many bytes, has and done has not.
func (f *finder) want(dir string, size int64, done map[string]bool) error {
	return eachListed(dir, size, func(a listed) error {
		if key := attachmentKey(a.Attachment); !done[key] {
			f.wanted[key] = a.Size
			f.reach.Add(a.Container, a.Item)
		}
		return nil
	})
}

// find looks into the sources, the first of which counts where several hold an
// attachment. A source that is no backup (any more), or is damaged, holds nothing:
// what it should have is fetched. The error is that the store is away.
func (f *finder) find(ctx context.Context, sources []string) error {
	for _, id := range sources {
		if len(f.wanted) == 0 {
			return nil
		}
		if err := f.source(ctx, id); err != nil {
			if isAway(ctx, err) {
				return fmt.Errorf("look for attachments in the backup %s: %w", id, err)
			}
			f.log.Info("nothing is copied out of an earlier backup", "backup", id, "error", err)
		}
	}
	return nil
}

func (f *finder) source(ctx context.Context, id string) error {
	// The state says what a verification or an expiry has made of it since the run began.
	state, err := archive.ReadState(ctx, f.store, f.policy, id)
	if err != nil {
		return err
	}
	if state.Status != backup.Complete && state.Status != backup.Incomplete {
		return fmt.Errorf("it is %s", state.Status)
	}
	r, err := archive.Open(ctx, f.store, f.policy, id)
	if err != nil {
		return err
	}
	m := r.Manifest()
	for _, index := range m.IndexesOf(f.reach) {
		if err := f.index(ctx, id, index); err != nil {
			if isAway(ctx, err) {
				return err
			}
			f.log.Warn("nothing is copied that an index of an earlier backup lists", "backup", id, "error", err)
		}
	}
	return nil
}

// index takes what is wanted out of one index, once that is read to its end: what
// comes out of a damaged one may be damaged.
func (f *finder) index(ctx context.Context, id string, index archive.Index) error {
	rows := make(map[string]earlier)
	for row, err := range archive.Rows(ctx, f.store, archive.BackupDir(f.policy, id), index) {
		if err != nil {
			return err
		}
		f.beat.add(StepProgress{})
		key := archive.AttachmentName(row.ID, row.Version)
		if size, wanted := f.wanted[key]; wanted && size == row.Size {
			rows[key] = earlier{from: id, object: row.Object, size: row.Size, sha256: row.SHA256, crc32: row.CRC32, crc32c: row.CRC32C}
		}
	}
	for key, row := range rows {
		f.found[key] = row
		delete(f.wanted, key)
	}
	return nil
}

// isAway reports whether err says nothing of an earlier backup: the store does not
// answer, or the step is to end.
func isAway(ctx context.Context, err error) bool {
	var fault *storeFault
	return ctx.Err() != nil || errors.As(err, &fault) && !fault.definite()
}
