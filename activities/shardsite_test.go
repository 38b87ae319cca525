package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
	"holdfast/internal/scratch"
	"holdfast/internal/store"
	"holdfast/internal/store/dir"
)

// shardSite is an atlassian.Product whose replies a test can bend item by item.
type shardSite struct {
	atlassian.Product // calls that a shard has no need of
	padding           int

	mu          sync.Mutex
	asked       map[string]int // per id
	opened      map[string]int // per attachment
	gone        map[string]bool
	missing     map[string]bool
	unaccounted map[string]bool
	unwritten   map[string]bool // said to be captured, and not emitted
	poison      map[string]error
	container   map[string]atlassian.Problem // per key: can't be read
	fail        func(ids []string) error     // asked in the middle of each chunk
	attachments map[string][]atlassian.Attachment
	bytes       map[string]string // per attachment
	openError   map[string]error
	unlisted    map[string]bool
	ended       int
	endError    error
	// blogs has the ids that are blog posts of a Confluence site; nil where the site is one of Jira.
	blogs map[string]bool
}

// itemKind is the kind of an item.
func (s *shardSite) itemKind(id string) string {
	switch {
	case s.blogs == nil:
		return "issue"
	case s.blogs[id]:
		return "blogpost"
	}
	return "page"
}

func newShardSite() *shardSite {
	return &shardSite{
		asked: map[string]int{}, opened: map[string]int{}, gone: map[string]bool{}, missing: map[string]bool{},
		unaccounted: map[string]bool{}, unwritten: map[string]bool{}, poison: map[string]error{},
		container: map[string]atlassian.Problem{}, attachments: map[string][]atlassian.Attachment{},
		bytes: map[string]string{}, openError: map[string]error{}, unlisted: map[string]bool{},
	}
}

func (s *shardSite) Kinds() []atlassian.Kind {
	if s.blogs != nil {
		return kindsOf(backup.Confluence).rows
	}
	return []atlassian.Kind{
		{Name: "field", Scope: atlassian.ScopeSite, Content: true},
		{Name: "project", Scope: atlassian.ScopeContainer, Content: true},
		{Name: "issue", Scope: atlassian.ScopeItem, Parent: "project", Content: true},
		{Name: "comment", Scope: atlassian.ScopeItem, Parent: "issue", Content: true},
		{Name: "vote", Scope: atlassian.ScopeItem, Parent: "issue"},
		{Name: "attachment", Scope: atlassian.ScopeItem, Parent: "issue", Content: true},
	}
}

func (s *shardSite) ExportSite(_ context.Context, emit func(atlassian.Item) error) ([]atlassian.Problem, error) {
	for _, id := range []string{"summary", "status"} {
		if err := emit(s.item("field", id, "")); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (s *shardSite) End(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended++
	return s.endError
}

func (s *shardSite) Probe(context.Context, func(atlassian.KindAccess) error) error { return nil }

func (s *shardSite) ExportContainer(_ context.Context, c atlassian.Container, emit func(atlassian.Item) error) ([]atlassian.Problem, error) {
	if p, ok := s.container[c.Key]; ok {
		return []atlassian.Problem{p}, nil
	}
	if s.blogs != nil {
		return nil, emit(s.item("space", c.ID, ""))
	}
	return nil, emit(s.item("project", c.ID, ""))
}

func (s *shardSite) ExportItems(_ context.Context, c atlassian.Container, ids []string, seen func(string) bool, emit func(atlassian.Item) error) (atlassian.Chunk, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var chunk atlassian.Chunk
	for i, id := range ids {
		s.asked[id]++
		if err := s.poison[id]; err != nil {
			return chunk, err
		}
		if s.fail != nil && i == len(ids)/2 {
			if err := s.fail(ids); err != nil {
				return chunk, err
			}
		}
		switch {
		case s.gone[id]:
			chunk.Problems = append(chunk.Problems, atlassian.Problem{Kind: s.itemKind(id), ID: id, Gone: true, Reason: "gone"})
			continue
		case s.missing[id]:
			chunk.Problems = append(chunk.Problems, atlassian.Problem{Kind: s.itemKind(id), ID: id, Reason: "refused"})
			continue
		case s.unaccounted[id]:
			continue
		}
		chunk.Captured = append(chunk.Captured, id)
		if s.unwritten[id] {
			continue
		}
		items := []atlassian.Item{s.item(s.itemKind(id), id, c.ID), s.item("comment", "c"+id, id)}
		if user := "user-" + c.Key; !seen(user) {
			items = append(items, s.item("user", user, ""))
		}
		for _, a := range s.attachments[id] {
			item := s.item("attachment", a.ID, id)
			item.Attachment = &a
			items = append(items, item)
		}
		for _, item := range items {
			if err := emit(item); err != nil {
				return chunk, err
			}
		}
	}
	return chunk, nil
}

func (s *shardSite) Open(_ context.Context, a atlassian.Attachment, _ int64) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened[a.ID]++
	if err := s.openError[a.ID]; err != nil {
		return nil, err
	}
	return io.NopCloser(strings.NewReader(s.bytes[a.ID])), nil
}

func (s *shardSite) Lists(_ context.Context, a atlassian.Attachment) (bool, error) {
	return !s.unlisted[a.ID], nil
}

func (s *shardSite) item(kind, id, parent string) atlassian.Item {
	body := fmt.Sprintf(`{"id":%q,"text":"<&> %s"}`, id, strings.Repeat("x", s.padding))
	return atlassian.Item{Kind: kind, ID: id, Parent: parent, FetchedAt: time.Unix(1e9, 0), Body: json.RawMessage(body)}
}

// attach gives an issue an attachment with this content.
func (s *shardSite) attach(issue, id, content string) {
	s.attachments[issue] = append(s.attachments[issue], atlassian.Attachment{
		ID: id, Name: "../../x", MediaType: "text/plain", Size: int64(len(content)), Item: issue, ItemKey: "K-" + issue,
	})
	s.bytes[id] = content
}

func siteError(class atlassian.Class) error {
	return &atlassian.Error{Class: class, Method: "GET", Route: "/rest/api/3/x", Status: 400}
}

// bench is a host with its scratch and store, and a run with one shard.
type bench struct {
	t      *testing.T
	site   *shardSite
	root   string // of the scratch
	bucket string // of the store
	store  store.Store
	ledger *scratch.Ledger
	slot   int64
	deps   Deps
	host   *Host
	run    *Activities
	in     StepInput
}

func newBench(t *testing.T, slices ...Slice) *bench {
	t.Helper()
	return newBenchAt(t, t.TempDir(), slices...)
}

func newBenchAt(t *testing.T, base string, slices ...Slice) *bench {
	t.Helper()
	b := &bench{t: t, site: newShardSite(), root: filepath.Join(base, "scratch"), bucket: filepath.Join(base, "store")}
	s, err := dir.Open(b.bucket)
	require.NoError(t, err)
	b.store = s
	return newBenchOf(t, b, backup.Jira, slices...)
}

// newBenchOf makes b the bench of a product's shard.
func newBenchOf(t *testing.T, b *bench, product backup.Product, slices ...Slice) *bench {
	t.Helper()
	id := string(product) + "-acme"
	policy := backup.Policy{ID: id, Product: product, Site: "https://acme.atlassian.net", CloudID: "cloud", Credential: "acme"}
	b.in = StepInput{
		Run:   Run{Policy: policy, BackupID: id + ".20261123T021658Z", Options: backup.Options{Attachments: true}},
		Shard: ShardRef{ID: "000-000", Tag: "1-1"},
	}
	b.start()
	d := openRunDir(b.store, b.in.Run)
	require.NoError(t, d.write(t.Context(), d.shard(b.in.Shard), ShardList{ID: b.in.Shard.ID, TakenAt: time.Unix(1e9, 0).UTC(), Slices: slices}))
	return b
}

// start starts the worker's part anew, as after the end of its process, and leases
// scratch for the shard and attempt of b.in.
func (b *bench) start() {
	b.t.Helper()
	if b.ledger != nil {
		require.NoError(b.t, b.ledger.Close())
	}
	var err error
	b.ledger, err = scratch.Open(b.root, scratch.Options{SlotBytes: b.slot})
	require.NoError(b.t, err)
	ledger := b.ledger
	b.t.Cleanup(func() { ledger.Close() })
	credential := atlassian.Credential{Name: "acme", Email: "a@acme.example", Token: "secret"}
	sites := NewSites(SitesConfig{Credentials: atlassian.StaticCredentials(map[string]atlassian.Credential{"acme": credential})})
	with, err := sites.config.Credentials.Lookup("acme")
	require.NoError(b.t, err)
	sites.built[b.siteKey()] = builtSite{with, b.site, nil}
	b.deps = Deps{Store: b.store, Sites: sites}
	b.host, b.run = NewHost(b.deps, b.ledger), New(b.deps)
	b.lease(max(b.in.Lease.Attempt, 1))
}

// siteKey is that of the client of the run's site.
func (b *bench) siteKey() siteKey {
	p := b.in.Run.Policy
	return siteKey{site: p.Site, cloudID: p.CloudID, product: p.Product, credential: p.Credential, options: optionsKey(p.Product, b.in.Run.Options)}
}

func (b *bench) lease(attempt int) {
	b.t.Helper()
	lease, err := b.host.AcquireScratch(b.t.Context(), AcquireScratchInput{
		BackupID: b.in.Run.BackupID, Credential: "acme", Shard: b.in.Shard.ID, Attempt: attempt,
	})
	require.NoError(b.t, err)
	b.in.Lease = lease
}

// scratchDir is the folder of the lease.
func (b *bench) scratchDir() string {
	b.t.Helper()
	use, err := b.ledger.Use(b.t.Context(), b.in.Lease.Slot, b.in.key())
	require.NoError(b.t, err)
	defer use.Done()
	return use.Dir
}

func (b *bench) export() ExportResult {
	b.t.Helper()
	r, err := b.host.Export(b.t.Context(), b.in)
	require.NoError(b.t, err)
	return r
}

func (b *bench) compress() {
	b.t.Helper()
	_, err := b.host.Compress(b.t.Context(), b.in)
	require.NoError(b.t, err)
}

func (b *bench) upload() UploadResult {
	b.t.Helper()
	r, err := b.host.Upload(b.t.Context(), b.in)
	require.NoError(b.t, err)
	return r
}

func (b *bench) verify(object string) error {
	return b.run.Verify(b.t.Context(), VerifyShardInput{Run: b.in.Run, Shard: b.in.Shard, Result: object})
}

// all takes the shard through all steps and returns what they stored.
func (b *bench) all() ShardResult {
	b.t.Helper()
	b.export()
	b.compress()
	up := b.upload()
	require.NoError(b.t, b.verify(up.Object))
	return b.result(up.Object)
}

func (b *bench) result(object string) ShardResult {
	b.t.Helper()
	var r ShardResult
	require.NoError(b.t, readJSON(b.t.Context(), b.store, object, &r))
	return r
}

func (b *bench) folder() string { return archive.BackupDir(b.in.Run.Policy.ID, b.in.Run.BackupID) }

// records are the kinds and ids in the store, in order, per container.
func (b *bench) records(r ShardResult) map[string][]string {
	b.t.Helper()
	found := map[string][]string{}
	for _, s := range r.Segments {
		for rec, err := range archive.Records(b.t.Context(), b.store, b.folder(), s) {
			require.NoError(b.t, err)
			found[s.Container] = append(found[s.Container], rec.Kind+" "+rec.ID)
		}
	}
	return found
}

// objects are the names in the store below a folder of the backup.
func (b *bench) objects(prefix string) []string {
	b.t.Helper()
	var names []string
	for o, err := range b.store.List(b.t.Context(), b.folder()+prefix) {
		require.NoError(b.t, err)
		names = append(names, strings.TrimPrefix(o.Name, b.folder()))
	}
	return names
}

func slice(key string, first bool, ids ...string) Slice {
	return Slice{Container: atlassian.Container{ID: "p" + key, Key: key, Items: len(ids)}, First: first, IDs: ids}
}

// numbers are n ids from first on.
func numbers(first, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprint(first + i)
	}
	return ids
}

func requireOnce(t *testing.T, asked map[string]int, ids []string, except ...string) {
	t.Helper()
	for _, id := range ids {
		if !slices.Contains(except, id) {
			require.Equal(t, 1, asked[id], "id %s", id)
		}
	}
}

func removeFile(t *testing.T, path string) {
	t.Helper()
	require.NoError(t, os.Remove(path))
}
