package samplesite

import (
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"holdfast/internal/samplesite/content"
)

// world is what of the content may change while the site serves: small beside
// the content, which never does.
type world struct {
	src content.Source

	mu         sync.RWMutex
	changes    uint32
	rows       []content.Row // by ascending id; those added last
	byKey      map[string]int
	lag        map[int64]int // added issue → search requests that do not find it yet
	issues     map[int64]*fate
	lost       map[int64]bool  // attachment ids whose bytes are gone
	short      map[int64]int64 // attachment id → bytes left
	removed    map[int64]bool  // attachment ids that were deleted
	forbidden  map[int]bool    // projects that the account does not see
	noBrowse   map[int]bool    // projects whose issues the account does not see
	gone       map[int]bool    // projects that were deleted
	withdrawn  map[string]bool // permissions that the account lacks
	offScreen  map[string]bool // "EE customfield_10101": fields that no screen of a project has
	blocked    map[string]bool // statuses, by id or name, that no transition reaches
	numbers    map[int]int     // the highest number of an issue of a project so far
	slow       int             // searches that miss an issue which is created
	ranked     ranking
	strangers  map[string]bool // accounts that the site does not have any more
	revoked    bool
	empty      bool
	lacksAdmin bool
	lacks      Lacks
	noScope    map[string]bool // scopes that the scoped token lacks
	warning    string          // that search replies carry
}

// fate is what became of one issue.
type fate struct {
	deleted  bool
	hidden   bool            // behind a security level
	comments map[string]bool // ids of deleted comments
	missed   bool            // bulkfetch left it out once
	failing  int             // bulkfetch answers an issueError so many times
}

func newWorld(src content.Source) *world {
	rows := slices.Clone(src.Rows()) // of which "updated" moves
	w := &world{
		src: src, rows: rows, byKey: make(map[string]int, len(rows)), lag: map[int64]int{},
		issues: map[int64]*fate{}, lost: map[int64]bool{}, short: map[int64]int64{}, removed: map[int64]bool{},
		forbidden: map[int]bool{}, noBrowse: map[int]bool{}, gone: map[int]bool{}, withdrawn: map[string]bool{}, offScreen: map[string]bool{},
		blocked: map[string]bool{}, numbers: map[int]int{}, strangers: map[string]bool{}, noScope: map[string]bool{},
	}
	for i, row := range rows {
		w.byKey[row.Key] = i
	}
	return w
}

// epoch counts the changes so far.
func (w *world) epoch() uint32 {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.changes
}

func (w *world) isRevoked() bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.revoked
}

func (w *world) isEmpty() bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.empty
}

func (w *world) warn() string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.warning
}

func (w *world) isLost(id int64) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.lost[id]
}

func (w *world) truncated(id int64) (int64, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	n, found := w.short[id]
	return n, found
}

// listed reports whether an account sees that the project exists; the caller holds mu.
func (w *world) listed(project int) bool {
	return !w.empty && !w.forbidden[project] && !w.gone[project]
}

// visible reports whether the account sees an issue; the caller holds mu.
func (w *world) visible(row content.Row) bool {
	if !w.listed(row.Project) || w.noBrowse[row.Project] {
		return false
	}
	f := w.issues[row.ID]
	return f == nil || !f.deleted && !f.hidden
}

// position finds an issue by id or key, visible or not; the caller holds mu.
func (w *world) position(idOrKey string) (int, bool) {
	if id, err := strconv.ParseInt(idOrKey, 10, 64); err == nil {
		i := sort.Search(len(w.rows), func(i int) bool { return w.rows[i].ID >= id })
		return i, i < len(w.rows) && w.rows[i].ID == id
	}
	i, found := w.byKey[strings.ToUpper(idOrKey)]
	return i, found
}

// find returns a visible issue by id or key.
func (w *world) find(idOrKey string) (content.Row, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	i, found := w.position(idOrKey)
	if !found || !w.visible(w.rows[i]) {
		return content.Row{}, false
	}
	return w.rows[i], true
}

// comments leaves deleted comments out.
func (w *world) comments(row content.Row, all []content.Item) []content.Item {
	w.mu.RLock()
	defer w.mu.RUnlock()
	f := w.issues[row.ID]
	if f == nil || len(f.comments) == 0 {
		return all
	}
	var out []content.Item
	for _, c := range all {
		if !f.comments[c.ID] {
			out = append(out, c)
		}
	}
	return out
}

// attachments leaves deleted attachments out.
func (w *world) attachments(all []content.Attachment) []content.Attachment {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var out []content.Attachment
	for _, a := range all {
		if !w.removed[a.ID] {
			out = append(out, a)
		}
	}
	return out
}

// pristine reports whether nothing of the issue's body was changed.
func (w *world) pristine(row content.Row) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	f := w.issues[row.ID]
	return f == nil || len(f.comments) == 0
}

// project finds a project by id or key that the account sees.
func (w *world) project(idOrKey string) (int, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	for i, p := range w.src.Projects() {
		if (p.Key == idOrKey || strconv.FormatInt(p.ID, 10) == idOrKey) && w.listed(i) {
			return i, true
		}
	}
	return 0, false
}

// attachment finds an attachment whose issue is visible and that was not deleted.
func (s *Site) attachment(id int64) (content.Attachment, bool) {
	a, found := s.src.Attachment(id)
	if !found {
		return a, false
	}
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	i, found := s.world.position(strconv.FormatInt(a.Issue, 10))
	return a, found && !s.world.removed[id] && s.world.visible(s.world.rows[i])
}
