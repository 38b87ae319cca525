package activities

import (
	"context"
	"errors"

	"holdfast/internal/archive"
	"holdfast/internal/store"
)

// copy makes an attachment from what an earlier backup holds, inside the store: no
// byte of it passes here. What comes out is held against the size and the CRC32C
// of the earlier backup's index row; so is an object that has the name already,
// because an earlier attempt got so far, and one that differs is replaced under
// its generation.
//
// ok is false where the earlier backup does not give what its row says, because it
// expires meanwhile or is damaged: the attachment is to be fetched. The error is
// that the store is away.
func (f *fetcher) copy(ctx context.Context, a listed, e earlier) (row archive.IndexRow, ok bool, err error) {
	row = archive.IndexRow{
		ID: a.ID, Version: a.Version, Object: archive.AttachmentName(a.ID, a.Version), Size: e.size,
		SHA256: e.sha256, CRC32: e.crc32, CRC32C: e.crc32c,
		MediaType: a.MediaType, Name: a.Name, Item: a.Item, ItemKey: a.ItemKey, Container: a.Container, From: e.from,
	}
	same := func(o store.Object) bool { return o.Size == row.Size && o.CRC32C == row.CRC32C }
	src, dst := archive.BackupDir(f.policy, e.from)+e.object, f.folder+row.Object
	cond := store.IfAbsent()
	for range maxTries {
		made, err := f.store.Copy(ctx, src, dst, cond)
		if err == nil && same(made) {
			return row, true, nil
		}
		if err == nil {
			return row, false, drop(ctx, f.store, store.Object{Name: dst, Generation: made.Generation})
		}
		if isAway(ctx, err) {
			return row, false, err
		}
		have, serr := f.store.Stat(ctx, dst)
		switch {
		case serr == nil && same(have):
			return row, true, nil
		case serr == nil:
			cond = store.IfGeneration(have.Generation)
		case errors.Is(serr, store.ErrNotExist):
			cond = store.IfAbsent()
		case isAway(ctx, serr):
			return row, false, serr
		}
		if !errors.Is(err, store.ErrPrecondition) {
			break // the source is gone, or not to be read
		}
	}
	return row, false, nil
}
