package activities

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"holdfast/internal/archive"
)

// CompressResult says what came out.
type CompressResult struct {
	Bytes int64 `json:"bytes"`
}

// compressState is compress.json: the segments that are compressed already, in their order.
type compressState struct {
	Segments []archive.Compressed `json:"segments"`
}

// Compress compresses the segments that Export left on scratch, one after the
// other, and removes each one's raw file. A later Compress of the same attempt
// goes on after the last one.
func (h *Host) Compress(ctx context.Context, in StepInput) (CompressResult, error) {
	var result CompressResult
	err := h.step(ctx, in, func(ctx context.Context, dir string, beat *pulse) error {
		export, err := loadDone(dir)
		if err != nil {
			return err
		}
		var state compressState
		if err := loadState(dir, compressFile, &state); err != nil {
			return err
		}
		for n, segment := range export.Segments {
			if n >= len(state.Segments) {
				if err := halt(ctx); err != nil {
					return err
				}
				if err := state.compress(ctx, dir, n, segment, beat); err != nil {
					return scratchFailed(err)
				}
			}
			if err := os.Remove(rawPath(dir, n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			result.Bytes += state.Segments[n].Bytes
			beat.at(StepProgress{Items: export.Items, Bytes: result.Bytes})
		}
		return nil
	})
	return result, err
}

// compress compresses the n-th segment and enters it.
func (s *compressState) compress(ctx context.Context, dir string, n int, segment rawSegment, beat *pulse) error {
	done, err := archive.Compress(ctx, rawPath(dir, n), zstPath(dir, n), func(int64) { beat.add(StepProgress{}) })
	if errors.Is(err, fs.ErrNotExist) {
		return lostScratch(err)
	}
	if err != nil {
		return err
	}
	if done.RawBytes != segment.Bytes {
		return lostScratch(fmt.Errorf("segment %d on scratch has %d bytes, not %d", n, done.RawBytes, segment.Bytes))
	}
	s.Segments = append(s.Segments, done)
	return saveState(dir, compressFile, s)
}

// loadDone reads what an export did; one that is not done means that the scratch
// is not the one that the workflow thinks it is.
func loadDone(dir string) (*exportState, error) {
	state, err := loadExport(dir)
	if err == nil && !state.Done {
		err = lostScratch(errors.New("there is no finished export on this scratch"))
	}
	return state, err
}
