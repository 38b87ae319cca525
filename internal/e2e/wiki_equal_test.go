package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
	"holdfast/internal/sharedtest"
)

// customTypes are the types of custom content that the sample site has.
var customTypes = []string{"ac:com.example.diagrams:diagram", "ac:com.example.polls:poll"}

// requireEqualToWiki compares a backup with what the site's Confluence holds, in
// both directions: each thing of the site is in the archive, byte for byte but for
// white space between tokens, and there is nothing else in it.
func (s *stack) requireEqualToWiki(id string) {
	s.t.Helper()
	h := s.read(id)
	r, err := archive.Open(s.ctx(), s.store, s.policy, id)
	require.NoError(s.t, err)
	c := &wikiCompare{stack: s, held: h, options: r.Manifest().Options, reader: r}
	for _, n := range h.kinds {
		c.left += n
	}
	truth := s.site.Truth()
	left := map[string]bool{} // spaces that are left out
	for space := range truth.Spaces() {
		left[space.Key] = space.Forbidden || space.Deleted || c.options.NoPersonalSpaces && space.Type == "personal"
	}
	for _, kind := range truth.WikiKinds() {
		switch {
		case kind == "user", kind == "space": // below
		case kind == "customContent" && len(c.options.CustomContent) == 0:
		default:
			for rec := range truth.WikiRecords(kind) {
				if (!rec.Hidden || c.options.AdminKey && restricted(s, rec)) && !left[rec.Project] {
					c.same(kind, rec.Parent, recordID(s, rec), rec.Body)
				}
			}
		}
	}
	for space := range truth.Spaces() {
		if left[space.Key] {
			continue
		}
		sid := fmt.Sprint(space.ID)
		c.same("space", "", sid, space.Body())
		for n := range truth.WikiNodes(space.Key) {
			// Drafts are found by a search alone, which knows no Admin Key.
			keyed := c.options.AdminKey && n.Restricted && n.Status != "draft"
			if !n.Deleted && (!n.Hidden || keyed) {
				c.node(n, sid)
			}
		}
	}
	c.users()
	if c.left > 0 {
		var extra []string
		for key, bodies := range h.bodies {
			if len(bodies) > 0 && len(extra) < 20 {
				extra = append(extra, key)
			}
		}
		slices.Sort(extra)
		require.Failf(s.t, "records in the archive that the site does not have", "%d, such as %q", c.left, extra)
	}
	require.Len(s.t, h.rows, c.files, "attachments in the archive that the site does not have")
}

// restricted reports whether a record is of a page that is shown with an Admin Key alone.
func restricted(s *stack, rec samplesite.TrueRecord) bool {
	var of struct{ PageID, BlogPostID string }
	require.NoError(s.t, json.Unmarshal(rec.Body, &of))
	id, err := strconv.ParseInt(of.PageID+of.BlogPostID, 10, 64)
	n, found := s.site.Truth().WikiNode(id)
	return err == nil && found && n.Restricted
}

// recordID is what identifies a record in the archive. An assignment of a role has no
// id: what it assigns to whom is one.
func recordID(s *stack, rec samplesite.TrueRecord) string {
	switch {
	case rec.ID == rec.Kind && bytes.Contains(rec.Body, []byte(`"id":`)):
		return member(s.t, rec.Body, "id")
	case rec.ID == rec.Kind && rec.Parent != "":
		return rec.Parent // there is one for each of those
	case rec.Kind != "spaceRoleAssignment":
		return rec.ID
	}
	var a struct {
		Principal struct{ PrincipalType, PrincipalID string }
		RoleID    string
	}
	require.NoError(s.t, json.Unmarshal(rec.Body, &a))
	return a.Principal.PrincipalType + "/" + a.Principal.PrincipalID + "/" + a.RoleID
}

// wikiCompare is one comparison.
type wikiCompare struct {
	*stack
	held
	options backup.Options
	reader  *archive.Reader
	left    int
	files   int
	compact bytes.Buffer
}

// same takes a record out of those that are left.
func (c *wikiCompare) same(kind, parent, id string, body []byte) {
	c.t.Helper()
	key := name(kind, parent, id)
	c.compact.Reset()
	require.NoError(c.t, json.Compact(&c.compact, body), key)
	at := slices.IndexFunc(c.bodies[key], func(b json.RawMessage) bool { return bytes.Equal(b, c.compact.Bytes()) })
	if at < 0 {
		require.Failf(c.t, "not in the archive as the site has it", "%s: %s", key, difference(c.compact.Bytes(), c.bodies[key]))
	}
	c.bodies[key] = slices.Delete(c.bodies[key], at, at+1)
	c.left--
}

// node compares what stands in a space: a page or blog post with all that belongs to
// it, or something else of its tree.
func (c *wikiCompare) node(n samplesite.TrueNode, space string) {
	c.t.Helper()
	id := n.IDText()
	c.same(n.Type, space, id, n.Body())
	if !n.HasText() {
		return
	}
	c.same("adf", id, id, n.ADF())
	c.entries("label", id, n.Labels())
	c.entries("contentProperty", id, n.Properties())
	c.entries("like", id, n.Likes())
	c.versions("contentVersion", id, n.Versions(), c.options.Versions)
	if body := n.Restriction(); body != nil {
		c.restriction(n, body)
	}
	for _, comment := range n.Comments() {
		parent := id
		if comment.Parent != 0 {
			parent = fmt.Sprint(comment.Parent)
		}
		c.same(comment.Kind(), parent, comment.IDText(), comment.Body())
		c.versions("commentVersion", comment.IDText(), comment.Versions(), 0)
	}
	for _, f := range n.Files() {
		c.file(f, id)
	}
}

func (c *wikiCompare) entries(kind, parent string, all []content.Entry) {
	c.t.Helper()
	for _, e := range all {
		c.same(kind, parent, e.ID, e.Body)
	}
}

// versions compares a history; one of a single version is that of its owner, and not asked for.
func (c *wikiCompare) versions(kind, owner string, all []samplesite.TrueVersion, most int) {
	c.t.Helper()
	if len(all) < 2 || most == 1 {
		return
	}
	for n, v := range all {
		if most == 0 || n < most {
			c.same(kind, owner, fmt.Sprint(v.Number), v.Body)
		}
	}
}

// restriction compares who may see and edit: the reply as it came, and everybody in
// its lists, in further records where the reply has the first of them alone.
func (c *wikiCompare) restriction(n samplesite.TrueNode, body []byte) {
	c.t.Helper()
	id := n.IDText()
	var all []byte
	for _, record := range c.order[name("restriction", id, "all")] {
		key := name("restriction", id, record)
		all = append(all, bytes.Join(bytesOf(c.bodies[key]), nil)...)
		if record != id {
			c.left -= len(c.bodies[key])
			c.bodies[key] = nil
		}
	}
	for _, operation := range []string{"read", "update"} {
		users, groups := n.RestrictedTo(operation)
		for _, e := range slices.Concat(users, groups) {
			require.True(c.t, bytes.Contains(all, []byte(e.ID)), "%s of page %s is restricted to %s", operation, id, e.ID)
		}
	}
	c.same("restriction", id, id, body)
}

func (c *wikiCompare) file(f samplesite.TrueFile, page string) {
	c.t.Helper()
	c.same("attachment", page, f.IDText(), f.Body())
	versions := f.Versions[:1]
	if c.options.AttachmentVersions {
		versions = f.Versions
		for _, v := range versions[1:] {
			c.same("attachmentVersion", f.IDText(), fmt.Sprint(v.Number), f.VersionBody(v.Number))
		}
	}
	if f.Lost || !c.options.Attachments {
		return
	}
	for _, v := range versions {
		row, found := c.rows[versionName(f.IDText(), v.Number)]
		require.True(c.t, found, "version %d of %s is not in the index", v.Number, f.IDText())
		require.Equal(c.t, v.Size, row.Size)
		require.Equal(c.t, page, row.Item)
		have, err := c.reader.OpenAttachment(c.ctx(), row)
		require.NoError(c.t, err)
		require.True(c.t, equalStreams(c.t, have, v.Open()), "bytes of version %d of %s", v.Number, f.IDText())
		require.NoError(c.t, have.Close())
		c.files++
	}
}

var wikiAccounts = regexp.MustCompile(`(?:"(?:authorId|ownerId|lastOwnerId|accountId|createdBy|assignedTo|completedBy|spaceOwnerId)":"|ri:account-id=\\")([^"\\]+)`)

// users holds the users of the archive against all accounts that appear in it.
func (c *wikiCompare) users() {
	c.t.Helper()
	truth := c.site.Truth()
	for id, body := range c.held.users {
		want, found := truth.WikiUser(id)
		require.True(c.t, found, id)
		require.JSONEq(c.t, string(want), string(body))
	}
	fresh := c.read(c.reader.Manifest().Backup)
	for key, bodies := range fresh.bodies {
		for _, m := range wikiAccounts.FindAllSubmatch(bytes.Join(bytesOf(bodies), nil), -1) {
			if _, known := truth.WikiUser(string(m[1])); known && !siteKind(key) {
				require.Contains(c.t, c.held.users, string(m[1]), "appears in %s", key)
			}
		}
	}
}

// siteKind reports whether a record shows its accounts itself: members of groups, watchers.
func siteKind(key string) bool {
	return regexp.MustCompile(`^(groupMember|spaceWatcher) `).MatchString(key)
}

// TestEveryKindOfConfluence backs up a site of 5,000 pages in 40 spaces, 10 of them
// personal, that has every kind of data, each past the first page of its list.
func TestEveryKindOfConfluence(t *testing.T) {
	s := setUp(t, samplesite.Config{Rate: fast, Wiki: samplesite.EveryWiki()}).of(backup.Confluence)
	s.options = backup.Options{Attachments: true, AttachmentVersions: true, CustomContent: customTypes}
	s.startHost()
	s.createPolicy()
	start := time.Now()
	row := s.run()
	t.Logf("%d items, %d records of %d MiB: %v", row.Counts.Items, row.Counts.Records, row.Counts.RawBytes>>20, time.Since(start).Round(time.Second))
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	s.requireWikiBudget() // before this test asks the site itself
	counts := s.site.Counts()
	require.Empty(t, s.reportItems(row.ID))
	s.requireVerified(row.ID)
	s.requireEqualToWiki(row.ID)
	spaces, personal := 0, 0
	for space := range s.site.Truth().Spaces() {
		spaces++
		if space.Type == "personal" {
			personal++
		}
	}
	require.Equal(t, 40, spaces)
	require.Equal(t, 10, personal)
	require.GreaterOrEqual(t, row.Counts.Items, 5000)
	for kind, r := range s.reportKinds(row.ID) {
		switch r.State {
		case archive.Captured:
			require.True(t, r.Captured > 0 || kind == "restrictedPage", "%s", kind)
		case archive.NotCaptured, archive.NotExposed:
			require.NotEmpty(t, r.Note, "%s", kind)
			require.Zero(t, r.Captured, "%s", kind)
		case archive.SwitchedOff:
			require.Equal(t, "adminKey", kind)
		default:
			require.Failf(t, "not captured", "%s: %s: %s", kind, r.State, r.Note)
		}
	}
	for route := range counts.Requests {
		if pagedRoute(route) {
			require.Positive(t, counts.Pages[route], "%s was asked past its first page", route)
		}
	}
}

// pagedRoute reports whether a route lists what can be more than one page.
func pagedRoute(route string) bool {
	return wikiLists[route] > 0
}

// TestWikiOptions leaves out what the policy switches off, and says so.
func TestWikiOptions(t *testing.T) {
	s := setUp(t, smallWiki()).of(backup.Confluence)
	s.options = backup.Options{NoPersonalSpaces: true, Versions: 3}
	s.limits.Cadence = 1
	s.startHost()
	s.createPolicy()
	row := s.run()
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	s.requireEqualToWiki(row.ID)
	kinds := s.reportKinds(row.ID)
	require.Equal(t, archive.SwitchedOff, kinds["attachment-bytes"].State)
	require.Equal(t, archive.SwitchedOff, kinds["attachmentVersion"].State)
	require.Equal(t, archive.SwitchedOff, kinds["adminKey"].State)
	require.Contains(t, kinds["contentVersion"].Note, "3")
	for item := range s.site.Truth().WikiNodes("~712020aa") {
		require.Zero(t, s.read(row.ID).kinds["space ~712020aa"], item.ID)
		break
	}
}

// TestRecordedWikiBodies backs up a site whose pages have bodies that nobody here
// wrote, and finds each of them in the archive, token for token.
func TestRecordedWikiBodies(t *testing.T) {
	bodies := recordedBodies(t)
	s := setUp(t, samplesite.Config{Rate: fast, Wiki: content.WikiSpec{
		Seed: 3, Spaces: []content.SpaceSpec{{Key: "DOC", Pages: 120, Blogs: 20}}, Bodies: bodies,
	}}).of(backup.Confluence)
	s.startHost()
	s.createPolicy()
	row := s.run()
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	s.requireVerified(row.ID)
	s.requireEqualToWiki(row.ID)
	found := map[string]bool{}
	for _, all := range s.read(row.ID).bodies {
		for _, raw := range all {
			var record struct {
				Body struct {
					Storage struct {
						Value string `json:"value"`
					} `json:"storage"`
				} `json:"body"`
			}
			if json.Unmarshal(raw, &record) == nil {
				found[record.Body.Storage.Value] = true
			}
		}
	}
	for n, body := range bodies {
		require.True(t, found[body], "body %d", n)
	}
}

// recordedBodies are bodies in storage format that nobody here wrote.
func recordedBodies(t *testing.T) []string {
	t.Helper()
	path := filepath.Join(sharedtest.Dir(t), "fixtures", "confluence-storage-bodies.ndjson")
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	var bodies []string
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var line struct {
			Storage string `json:"storage"`
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &line))
		bodies = append(bodies, line.Storage)
	}
	require.NoError(t, lines.Err())
	require.Len(t, bodies, 83)
	return bodies
}
