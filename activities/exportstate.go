package activities

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
	"holdfast/internal/scratch"
)

// The files in a lease's folder.
const (
	exportFile      = "export.json"        // exportState
	attachmentsFile = "attachments.ndjson" // one atlassian.Attachment per line, with its container
	compressFile    = "compress.json"      // compressState
	fetchedFile     = "fetched.ndjson"     // one fetched per line
	indexFile       = "index.ndjson"       // archive.IndexRows
)

// maxRawSegment is about the most raw bytes of one segment.
const maxRawSegment = archive.MaxSegment

// exportState is export.json: how far an export is, after its last whole chunk.
// What files hold beyond what it says does not count.
type exportState struct {
	Slice  int       `json:"slice"`  // index of the slice that is worked on
	Opened bool      `json:"opened"` // the container's own part of it is done
	Next   int       `json:"next"`   // index of its next id
	Ending bool      `json:"ending"` // the slot is full: what is not done is another shard's
	Done   bool      `json:"done"`
	Rest   *ShardRef `json:"rest,omitempty"`

	Segments        []rawSegment        `json:"segments"`
	ListBytes       int64               `json:"listBytes"` // size of attachmentsFile
	Attachments     int                 `json:"attachments"`
	AttachmentBytes int64               `json:"attachmentBytes"`
	Items           int                 `json:"items"`     // whose chunks are done
	LastChunk       int64               `json:"lastChunk"` // bytes that the last chunk took
	Slices          []SliceResult       `json:"slices,omitempty"`
	Problems        []atlassian.Problem `json:"problems,omitempty"`
	Gone            int                 `json:"gone"`            // of Problems
	Missing         int                 `json:"missing"`         // of Problems, without those of kinds that are no content
	Users           []string            `json:"users,omitempty"` // that were written
}

// rawSegment is a segment on scratch that is not compressed yet.
type rawSegment struct {
	Object    string         `json:"object"`
	Container string         `json:"container,omitempty"`
	Kind      string         `json:"kind,omitempty"` // for the site
	Bytes     int64          `json:"bytes"`
	Records   map[string]int `json:"records"`
}

// rawPath is where the n-th segment is before it is compressed, zstPath after.
func rawPath(dir string, n int) string { return filepath.Join(dir, fmt.Sprintf("%05d.ndjson", n)) }
func zstPath(dir string, n int) string { return filepath.Join(dir, fmt.Sprintf("%05d.ndjson.zst", n)) }

// segmentName is the name below the backup's folder of the n-th segment that an
// attempt of a shard writes.
func segmentName(product backup.Product, shard string, attempt int, p part, n int) string {
	if p.container == "" {
		return archive.SiteSegmentName(p.kind, attempt, n)
	}
	return archive.SegmentName(product, p.container, shard, attempt, n)
}

// started reports whether anything is done.
func (s *exportState) started() bool { return s.Items > 0 || s.Slice > 0 || len(s.Segments) > 0 }

func (s *exportState) progress() StepProgress {
	return StepProgress{Items: s.Items, Bytes: s.rawBytes()}
}

func (s *exportState) rawBytes() int64 {
	var n int64
	for _, seg := range s.Segments {
		n += seg.Bytes
	}
	return n
}

func (s *exportState) records() int {
	n := 0
	for _, seg := range s.Segments {
		for _, count := range seg.Records {
			n += count
		}
	}
	return n
}

func (s *exportState) result() ExportResult {
	r := ExportResult{
		Gone: s.Gone, Missing: s.Missing, Records: s.records(), RawBytes: s.rawBytes(), Segments: len(s.Segments),
		Attachments: s.Attachments, AttachmentBytes: s.AttachmentBytes, Rest: s.Rest,
	}
	for _, slice := range s.Slices {
		r.Items += len(slice.Captured)
	}
	return r
}

// loadExport reads how far an export is; one that has not begun is the zero state.
func loadExport(dir string) (*exportState, error) {
	var s exportState
	return &s, loadState(dir, exportFile, &s)
}

// loadState reads a state from the lease's folder; an absent one leaves v as it is.
func loadState(dir, name string, v any) error {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		return lostScratch(fmt.Errorf("read %s on scratch: %w", name, err))
	}
	return nil
}

// saveState writes a state so that a reader sees the old one or the new one.
func saveState(dir, name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path+".new", b, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// lostScratch says that what is on scratch can't be gone on with.
func lostScratch(err error) error {
	return fmt.Errorf("%w: %w", scratch.ErrLost, err)
}
