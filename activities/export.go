package activities

import (
	"context"
	"errors"
	"fmt"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/failure"
)

// ExportResult says what an export has put on scratch.
type ExportResult struct {
	Items           int   `json:"items"`
	Records         int   `json:"records"`
	Gone            int   `json:"gone"`
	Missing         int   `json:"missing"`
	RawBytes        int64 `json:"rawBytes"`
	Segments        int   `json:"segments"`
	Attachments     int   `json:"attachments"` // to fetch
	AttachmentBytes int64 `json:"attachmentBytes"`
	// Rest, where set, names a new shard for what did not fit into the slot.
	Rest *ShardRef `json:"rest,omitempty"`
}

// Export fetches a shard from the site and writes its records to scratch, as
// segments that are not compressed yet, with a list of the attachments to fetch.
//
// It works in chunks of at most atlassian.MaxChunk items. After each one, what is
// done stands durably on scratch; a later Export of the same attempt goes on after
// the last whole chunk (R4). At the end every id of the shard's list is captured,
// gone or missing. A container that can't be read has its items missing, and the
// others go on. At the limit of its slot it ends, and what is left becomes a new
// shard: Rest.
func (h *Host) Export(ctx context.Context, in StepInput) (ExportResult, error) {
	var result ExportResult
	err := h.step(ctx, in, func(ctx context.Context, dir string, beat *pulse) error {
		state, err := loadExport(dir)
		if err != nil {
			return err
		}
		if !state.Done {
			if err := h.export(ctx, in, dir, state, beat); err != nil {
				return err
			}
		}
		result = state.result()
		return nil
	})
	return result, err
}

// export goes on with an export where state says that it is.
func (h *Host) export(ctx context.Context, in StepInput, dir string, state *exportState, beat *pulse) error {
	product, err := h.product(in.Run)
	if err != nil {
		return err
	}
	out, err := openExportFiles(dir, state, in.segmentName, h.exportLimit())
	if err != nil {
		return scratchFailed(err)
	}
	defer out.abandon()
	e := &exporter{
		in: in, product: product, kinds: newKindTable(product.Kinds()),
		state: state, out: out, beat: beat, size: atlassian.MaxChunk,
	}
	beat.at(state.progress())
	if in.Shard.ID == SiteShard {
		return e.site(ctx)
	}
	d := openRunDir(h.deps.Store, in.Run)
	if err := d.read(ctx, d.shard(in.Shard), &e.list); err != nil {
		return err
	}
	if err := e.slices(ctx); err != nil {
		return err
	}
	if state.Ending {
		rest := RestShard(in.Shard, in.Lease.Attempt)
		if err := d.write(ctx, d.shard(rest), e.rest(rest)); err != nil {
			return err
		}
		state.Rest = &rest
	}
	state.Done = true
	return scratchFailed(out.save())
}

// exportLimit is how many raw bytes an export may leave in its slot: Compress
// needs room for one segment beside them.
func (h *Host) exportLimit() int64 {
	slot := h.ledger.SlotBytes()
	return slot - min(slot/8, maxRawSegment)
}

// exporter is one run of Export.
type exporter struct {
	in      StepInput
	product atlassian.Product
	kinds   kindTable
	list    ShardList
	state   *exportState
	out     *exportFiles
	beat    *pulse
	size    int // of the next chunk
}

// site exports what belongs to the site itself. It is one piece: a later attempt
// begins it anew.
func (e *exporter) site(ctx context.Context) error {
	problems, err := e.product.ExportSite(ctx, func(item atlassian.Item) error {
		return e.write(part{kind: e.kinds.root(item.Kind)}, item)
	})
	if errors.Is(err, errSlotFull) {
		return failure.New(failure.InvalidArgument, fmt.Sprintf(
			"what belongs to the site itself does not fit into a scratch slot of %d bytes: give the workers larger ones", e.out.limit))
	}
	if err != nil {
		return scratchFailed(err)
	}
	e.problems(atlassian.Container{}, problems)
	e.state.Done = true
	return scratchFailed(e.out.commit(0))
}

// slices exports the shard's slices from where it stands, until the end of its
// list or of its slot (state.Ending).
func (e *exporter) slices(ctx context.Context) error {
	for !e.state.Ending && e.state.Slice < len(e.list.Slices) {
		slice := e.list.Slices[e.state.Slice]
		if !e.state.Opened {
			if err := e.open(ctx, slice); err != nil {
				return err
			}
			continue
		}
		if e.state.Next >= len(slice.IDs) {
			e.state.Slice, e.state.Next, e.state.Opened = e.state.Slice+1, 0, false
			continue
		}
		if err := halt(ctx); err != nil {
			return err
		}
		if e.state.Items > 0 && !e.out.fits(e.state.LastChunk) {
			if err := e.end(); err != nil {
				return err
			}
			continue
		}
		end := min(e.state.Next+e.size, len(slice.IDs))
		if err := e.chunk(ctx, slice.Container, slice.IDs[e.state.Next:end]); err != nil {
			return err
		}
	}
	return nil
}

// end leaves what is not done to another shard. That stands on scratch before the
// other shard's list is written: a later Export ends at the same place.
func (e *exporter) end() error {
	e.state.Ending = true
	return scratchFailed(e.out.save())
}

// open begins a slice, with the container's own records where they belong to it.
func (e *exporter) open(ctx context.Context, slice Slice) error {
	result := SliceResult{Container: slice.Container.Key}
	if slice.First {
		problems, err := e.product.ExportContainer(ctx, slice.Container, func(item atlassian.Item) error {
			return e.write(part{container: slice.Container.Key}, item)
		})
		full := errors.Is(err, errSlotFull)
		if full && e.state.started() {
			if err := e.out.rollback(); err != nil {
				return scratchFailed(err)
			}
			return e.end()
		}
		if reason, refused := e.refusal(err); refused {
			problems = []atlassian.Problem{{Kind: e.kinds.container, ID: slice.Container.ID, Key: slice.Container.Key, Reason: reason}}
			err = e.out.rollback()
		}
		if err != nil {
			return scratchFailed(err)
		}
		e.problems(slice.Container, problems)
		if len(problems) > 0 && e.out.pending() == 0 {
			reason := "its container can't be read: " + problems[0].Reason
			result.Missing = slice.IDs
			e.lost(slice.Container, slice.IDs, reason)
			e.state.Next = len(slice.IDs)
		} else {
			result.Whole = true
		}
	}
	e.state.Slices = append(e.state.Slices, result)
	e.state.Opened = true
	return scratchFailed(e.out.commit(0))
}

// chunk exports some items of a container, all or none of them.
func (e *exporter) chunk(ctx context.Context, c atlassian.Container, ids []string) error {
	emitted := make(map[string]bool, len(ids))
	chunk, err := e.product.ExportItems(ctx, c, ids, e.out.seen, func(item atlassian.Item) error {
		if e.kinds.isItem(item.Kind) {
			emitted[item.ID] = true
		}
		return e.write(part{container: c.Key}, item)
	})
	if err != nil {
		return e.fault(c, ids, err)
	}
	e.account(c, ids, emitted, chunk)
	e.state.Next += len(ids)
	e.size = min(2*e.size, atlassian.MaxChunk)
	if err := e.out.commit(len(ids)); err != nil {
		return scratchFailed(err)
	}
	e.beat.at(e.state.progress())
	return nil
}

// write puts a record on scratch: the step gets on.
func (e *exporter) write(p part, item atlassian.Item) error {
	e.beat.add(StepProgress{})
	return e.out.write(p, item)
}

// fault deals with a chunk that could not be exported: nothing of it stays.
func (e *exporter) fault(c atlassian.Container, ids []string, err error) error {
	full := errors.Is(err, errSlotFull)
	reason, refused := e.refusal(err)
	if !refused {
		return scratchFailed(err)
	}
	if err := e.out.rollback(); err != nil {
		return scratchFailed(err)
	}
	less := full || errors.Is(err, atlassian.ErrTooLarge) || errors.Is(err, archive.ErrRecord) || atlassian.ClassOf(err) == atlassian.ClassProtocol
	switch {
	case full && e.state.started():
		return e.end()
	case less && len(ids) > 1: // fewer may pass
		e.size = len(ids) / 2
		return nil
	}
	slice := &e.state.Slices[len(e.state.Slices)-1]
	slice.Missing = append(slice.Missing, ids...)
	e.lost(c, ids, reason)
	e.state.Next += len(ids)
	return scratchFailed(e.out.commit(0))
}

// refusal says why something can't be exported, and whether that is a loss of this
// alone: other faults concern the site, the account or this host.
func (e *exporter) refusal(err error) (string, bool) {
	switch atlassian.ClassOf(err) {
	case atlassian.ClassForbidden, atlassian.ClassNotFound, atlassian.ClassProtocol:
		return err.Error(), true
	}
	switch {
	case errors.Is(err, errSlotFull):
		return fmt.Sprintf("it does not fit into a scratch slot of %d bytes: give the workers larger ones", e.out.limit), true
	case errors.Is(err, atlassian.ErrTooLarge), errors.Is(err, archive.ErrRecord):
		return err.Error(), true
	}
	return "", false
}

// rest is the list of what is not done.
func (e *exporter) rest(ref ShardRef) ShardList {
	list := ShardList{ID: ref.ID, TakenAt: e.list.TakenAt, Slices: []Slice{}}
	for i, s := range e.list.Slices[e.state.Slice:] {
		if i == 0 && e.state.Opened {
			if s.First, s.IDs = false, s.IDs[e.state.Next:]; len(s.IDs) == 0 {
				continue
			}
		}
		list.Slices = append(list.Slices, s)
	}
	return list
}

// segmentName is the name below the backup's folder of the n-th segment of the attempt.
func (in StepInput) segmentName(p part, n int) string {
	return segmentName(in.Run.Policy.Product, in.Shard.ID, in.Lease.Attempt, p, n)
}
