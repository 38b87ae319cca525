package activities

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
	"holdfast/internal/store"
)

// The sizes that a run's work is cut into.
const (
	// MaxPage is the most containers of one page.
	MaxPage = 50
	// MaxSlices is the most slices, one per container, of one shard.
	MaxSlices = 50
)

// MaxShardItems is the most items of one shard of a product. A page with its
// versions and comments takes several times the requests of an issue.
func MaxShardItems(p backup.Product) int {
	if p == backup.Confluence {
		return 250
	}
	return 1000
}

// SiteShard is the id of the shard that captures what belongs to the site itself.
// It has no list.
const SiteShard = "site"

// ShardID is the id of the n-th shard of a page of containers.
func ShardID(page, n int) string { return fmt.Sprintf("%03d-%03d", page, n) }

// LateShardID is the id of the n-th shard of the late search.
func LateShardID(n int) string { return fmt.Sprintf("late-%03d", n) }

// LatePage is the ShardSet.Page of the late search.
const LatePage = -1

// Shard returns the n-th shard of the set.
func (s ShardSet) Shard(n int) ShardRef {
	if s.Page == LatePage {
		return ShardRef{ID: LateShardID(n), Tag: s.Tag}
	}
	return ShardRef{ID: ShardID(s.Page, n), Tag: s.Tag}
}

// RestShard names the shard for what did not fit into the slot of an attempt.
// The attempt is in its id, so that the rests of two attempts never meet.
func RestShard(shard ShardRef, attempt int) ShardRef {
	return ShardRef{ID: fmt.Sprintf("%sr%d", shard.ID, attempt), Tag: shard.Tag}
}

// ContainerPage is runs/<backup>/containers/<page>.<tag>.json.
type ContainerPage struct {
	Containers []atlassian.Container `json:"containers"`
}

// Slice is the part of one container that a shard has.
type Slice struct {
	Container atlassian.Container `json:"container"`
	// First is true for the slice that captures the container itself. It may have no ids.
	First bool     `json:"first,omitempty"`
	IDs   []string `json:"ids"`
}

// ShardList is runs/<backup>/shards/<shard>.<tag>.json: what a shard has to capture.
// No container has two slices in one shard.
type ShardList struct {
	ID      string    `json:"id"`
	TakenAt time.Time `json:"takenAt"`
	Slices  []Slice   `json:"slices"`
}

// CensusProblems is runs/<backup>/problems/<page>.<tag>.json: what is wrong with the census
// of a page. Both make the backup INCOMPLETE.
type CensusProblems struct {
	// Short has the containers whose list of ids does not add up.
	Short []atlassian.Problem `json:"short"`
	// Unreadable has those of which no id could be listed, or whose list broke off.
	Unreadable []atlassian.Problem `json:"unreadable"`
}

// SliceResult accounts for the ids of one slice: each is in exactly one of the
// three lists, unless the shard ended early and the rest's list has it.
type SliceResult struct {
	Container string `json:"container"` // key
	// Whole is true where this shard captured the container itself (Slice.First).
	Whole    bool     `json:"whole,omitempty"`
	Captured []string `json:"captured,omitempty"`
	Gone     []string `json:"gone,omitempty"`
	Missing  []string `json:"missing,omitempty"`
}

// ShardResult is runs/<backup>/results/<shard>.<attempt>.json: what one attempt stored.
type ShardResult struct {
	Shard    ShardRef          `json:"shard"`
	Attempt  int               `json:"attempt"`
	Slices   []SliceResult     `json:"slices,omitempty"` // in the order of the list; none for the site
	Segments []archive.Segment `json:"segments"`
	Index    *archive.Index    `json:"index,omitempty"` // nil without attachments
	// Counts are those of this shard: Containers counts whole first slices, StoredBytes
	// segments, index and attachments.
	Counts backup.Counts `json:"counts"`
	// Problems has one entry for each gone and missing item and for each thing that is not whole.
	Problems []atlassian.Problem `json:"problems,omitempty"`
	// Refetched is how many attachments an earlier backup lists and did not give.
	Refetched int `json:"refetched,omitempty"`
	// Rest, where set, is the shard that has the ids that are not in Slices.
	Rest *ShardRef `json:"rest,omitempty"`
}

// winnersPage is runs/<backup>/winners/<batch>.json.
type winnersPage struct {
	Winners []Winner `json:"winners"`
}

// runDir is the folder of a run in progress. Names in it are made of ids and tags
// that are ours, and safe as they are.
type runDir struct {
	store store.Store
	path  string // ends with a slash
}

func openRunDir(s store.Store, run Run) runDir {
	return runDir{s, archive.RunDir(run.Policy.ID, run.BackupID)}
}

func (d runDir) containers(page int, tag string) string {
	return fmt.Sprintf("%scontainers/%d.%s.json", d.path, page, tag)
}

func (d runDir) shard(s ShardRef) string {
	return fmt.Sprintf("%sshards/%s.%s.json", d.path, s.ID, s.Tag)
}

func (d runDir) problems(s ShardSet) string {
	return fmt.Sprintf("%sproblems/%d.%s.json", d.path, s.Page, s.Tag)
}

func (d runDir) result(shard string, attempt int) string {
	return fmt.Sprintf("%sresults/%s.%d.json", d.path, shard, attempt)
}

func (d runDir) winners(batch string) string {
	return fmt.Sprintf("%swinners/%s.json", d.path, batch)
}

// write stores v as JSON under name. One that is there already must be equal: a
// retry finds what it wrote before.
func (d runDir) write(ctx context.Context, name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	_, err = d.store.Put(ctx, name, bytes.NewReader(b), store.IfAbsent())
	if !errors.Is(err, store.ErrPrecondition) {
		if err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		return nil
	}
	r, err := d.store.Get(ctx, name, 0, -1)
	if err != nil {
		return fmt.Errorf("compare with %s: %w", name, err)
	}
	defer r.Close()
	have, err := io.ReadAll(io.LimitReader(r, int64(len(b))+1))
	if err != nil {
		return fmt.Errorf("compare with %s: %w", name, err)
	}
	if !bytes.Equal(have, b) {
		return fmt.Errorf("write %s: another attempt wrote something else there", name)
	}
	return nil
}

// read reads the JSON object of that name into v.
func (d runDir) read(ctx context.Context, name string, v any) error {
	return readJSON(ctx, d.store, name, v)
}

// readJSON reads the JSON object of that name into v.
func readJSON(ctx context.Context, s store.Store, name string, v any) error {
	r, err := s.Get(ctx, name, 0, -1)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	defer r.Close()
	if err := json.NewDecoder(r).Decode(v); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}
