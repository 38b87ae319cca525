package activities

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"holdfast/internal/archive"
	"holdfast/internal/failure"
	"holdfast/internal/store"
)

// VerifyShardInput names what one attempt of a shard has stored.
type VerifyShardInput struct {
	Run    Run      `json:"run"`
	Shard  ShardRef `json:"shard"`
	Result string   `json:"result"` // UploadResult.Object
}

// Verify reads back from the store all that an attempt says it stored: every
// record of every segment, the index, and the bytes of every attachment that was
// fetched, and holds the items against those that count as captured. Attachments
// that were copied inside the store are looked at, not read: size and CRC32C.
// Corrupt where anything differs: another attempt is due.
func (a *Activities) Verify(ctx context.Context, in VerifyShardInput) error {
	v := &shardVerifier{
		store: a.deps.Store, folder: archive.BackupDir(in.Run.Policy.ID, in.Run.BackupID),
		kinds: kindsOf(in.Run.Policy.Product), beat: startPulse(ctx),
	}
	defer v.beat.end()
	var result ShardResult
	err := openRunDir(a.deps.Store, in.Run).read(ctx, in.Result, &result)
	if err == nil {
		err = v.run(ctx, &result)
	}
	return failed(err)
}

// shardVerifier is one run of Verify.
type shardVerifier struct {
	store  store.Store
	folder string // of the backup
	kinds  kindTable
	beat   *pulse
}

func (v *shardVerifier) run(ctx context.Context, result *ShardResult) error {
	// Which items the segments of each container hold, not yet found to be captured.
	found := make(map[string]map[string]bool)
	for _, s := range result.Segments {
		if err := v.segment(ctx, s, found); err != nil {
			return err
		}
	}
	for _, s := range result.Slices {
		have := found[s.Container]
		for _, id := range s.Captured {
			if !have[id] {
				return corrupt("%s %s of %s counts as captured and is in no segment", v.kinds.items[0], id, s.Container)
			}
			delete(have, id)
		}
	}
	for container, rest := range found {
		if len(rest) > 0 {
			return corrupt("segments of %s hold %d of kind %s that do not count as captured", container, len(rest), strings.Join(v.kinds.items, " or "))
		}
	}
	if result.Index == nil {
		return nil
	}
	return v.attachments(ctx, *result.Index)
}

// segment reads a segment and notes which items are in it.
func (v *shardVerifier) segment(ctx context.Context, s archive.Segment, found map[string]map[string]bool) error {
	have := found[s.Container]
	if have == nil {
		have = make(map[string]bool)
		found[s.Container] = have
	}
	for r, err := range archive.Records(ctx, v.store, v.folder, s) {
		if err != nil {
			return err
		}
		v.beat.add(StepProgress{})
		if !v.kinds.isItem(r.Kind) {
			continue
		}
		if have[r.ID] {
			return corrupt("%s %s of %s is there twice", r.Kind, r.ID, s.Container)
		}
		have[r.ID] = true
		v.beat.add(StepProgress{Items: 1})
	}
	v.beat.add(StepProgress{Bytes: s.Bytes})
	return nil
}

// attachments reads the index and holds all that it lists against its row.
func (v *shardVerifier) attachments(ctx context.Context, index archive.Index) error {
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(maxTransfers)
	var stop error
	for row, err := range archive.Rows(gctx, v.store, v.folder, index) {
		if err != nil {
			stop = err
			break
		}
		group.Go(func() error {
			err := v.attachment(gctx, row)
			if err == nil {
				v.beat.add(StepProgress{Attachments: 1})
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err // the first one: the index breaks off after it
	}
	return stop
}

func (v *shardVerifier) attachment(ctx context.Context, row archive.IndexRow) error {
	if row.From != "" {
		return archive.CheckAttachment(ctx, v.store, v.folder, row)
	}
	return archive.VerifyAttachment(ctx, v.store, v.folder, row, func(n int64) { v.beat.add(StepProgress{Bytes: n}) })
}

func corrupt(format string, args ...any) error {
	return failure.New(failure.Corrupt, fmt.Sprintf(format, args...)+"; the shard is attempted anew")
}
