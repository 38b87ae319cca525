package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// held is what a reader finds in an archive: each record once, by kind, parent and id.
type held struct {
	bodies map[string][]json.RawMessage // more than one where the site itself gave an id twice
	users  map[string]json.RawMessage
	rows   map[string]archive.IndexRow
	kinds  map[string]int
	order  map[string][]string // ids of a kind's records by what they belong to, as they stand in the archive
}

func name(kind, parent, id string) string { return kind + " " + id + " of " + parent }

// versionName is the name of a version of an attachment; those of Jira have none.
func versionName(id string, version int) string {
	if version == 0 {
		return id
	}
	return fmt.Sprintf("%s v%d", id, version)
}

// read reads a whole backup by the archive alone.
func (s *stack) read(id string) held {
	s.t.Helper()
	h := held{bodies: map[string][]json.RawMessage{}, users: map[string]json.RawMessage{}, rows: map[string]archive.IndexRow{}, kinds: map[string]int{}, order: map[string][]string{}}
	r, err := archive.Open(s.ctx(), s.store, s.policy, id)
	require.NoError(s.t, err)
	for _, seg := range r.Manifest().Segments {
		for rec, err := range r.Records(s.ctx(), seg) {
			require.NoError(s.t, err)
			if rec.Kind == "user" {
				h.users[rec.ID] = rec.Body // one for each segment that it appears in
				continue
			}
			switch rec.Kind {
			case "watchers", "votes", "serverInfo":
				rec.ID = ""
			}
			key := name(rec.Kind, rec.Parent, rec.ID)
			h.bodies[key] = append(h.bodies[key], rec.Body)
			h.kinds[rec.Kind]++
			h.order[name(rec.Kind, rec.Parent, "all")] = append(h.order[name(rec.Kind, rec.Parent, "all")], rec.ID)
		}
	}
	for row, err := range r.Attachments(s.ctx()) {
		require.NoError(s.t, err)
		key := versionName(row.ID, row.Version)
		_, twice := h.rows[key]
		require.False(s.t, twice, "attachment %s is in the index twice", key)
		h.rows[key] = row
	}
	return h
}

// requireEqualToSite compares a backup with what the site holds, in both
// directions: each thing of the site is in the archive, byte for byte but for
// white space between tokens, and there is nothing else in it.
func (s *stack) requireEqualToSite(id string) {
	s.t.Helper()
	h := s.read(id)
	r, err := archive.Open(s.ctx(), s.store, s.policy, id)
	require.NoError(s.t, err)
	left := 0
	for _, n := range h.kinds {
		left += n
	}
	var compact bytes.Buffer
	same := func(kind, parent, id string, body []byte) {
		s.t.Helper()
		key := name(kind, parent, id)
		compact.Reset()
		require.NoError(s.t, json.Compact(&compact, body))
		at := slices.IndexFunc(h.bodies[key], func(b json.RawMessage) bool { return bytes.Equal(b, compact.Bytes()) })
		if at < 0 {
			require.Failf(s.t, "not in the archive as the site has it", "%s: %s", key, difference(compact.Bytes(), h.bodies[key]))
		}
		h.bodies[key] = slices.Delete(h.bodies[key], at, at+1)
		left--
	}
	for i, body := range h.bodies[name("serverInfo", "", "")] {
		h.bodies[name("serverInfo", "", "")][i] = timeless(body)
	}
	same("serverInfo", "", "", timeless(s.get("/serverInfo")))
	for _, f := range s.site.Truth().Fields() {
		same("field", "", member(s.t, f, "id"), f)
	}
	s.sameConfiguration(h, same)
	attachments := 0
	for p := range s.site.Truth().Projects() {
		if p.Forbidden || p.NoBrowse {
			continue
		}
		pid := fmt.Sprint(p.ID)
		same("project", "", pid, s.get("/project/"+pid))
		for _, v := range p.Versions {
			same("version", pid, member(s.t, v, "id"), v)
		}
		for _, c := range p.Components {
			same("component", pid, member(s.t, c, "id"), c)
		}
		for issue := range s.site.Truth().Issues(p.Key) {
			if issue.Deleted || issue.Hidden {
				continue
			}
			s.sameIssue(issue, pid, same)
			for _, a := range issue.Attachments() {
				same("attachment", issue.IDText(), fmt.Sprint(a.ID), a.Body)
				if !a.Lost {
					s.sameBytes(r, h.rows[fmt.Sprint(a.ID)], a)
					attachments++
				}
			}
		}
	}
	s.requireUsers(s.read(id))
	require.Zero(s.t, left, "records in the archive that the site does not have")
	require.Len(s.t, h.rows, attachments, "attachments in the archive that the site does not have")
}

// sameConfiguration compares the kinds of the site and of its projects beside
// issues, the order of ranked lists included.
func (s *stack) sameConfiguration(h held, same func(kind, parent, id string, body []byte)) {
	s.t.Helper()
	for _, kind := range s.site.Truth().Kinds() {
		order := map[string][]string{}
		for rec := range s.site.Truth().Records(kind) {
			if rec.Hidden {
				continue
			}
			same(kind, rec.Parent, rec.ID, rec.Body)
			order[name(kind, rec.Parent, "all")] = append(order[name(kind, rec.Parent, "all")], rec.ID)
		}
		if kind == "sprintIssue" || kind == "backlogIssue" {
			for list, ids := range order {
				require.Equal(s.t, ids, h.order[list], "rank of %s", list)
			}
		}
	}
}

func (s *stack) sameIssue(issue samplesite.TrueIssue, project string, same func(kind, parent, id string, body []byte)) {
	s.t.Helper()
	id := issue.IDText()
	same("issue", project, id, issue.Body("changelog"))
	list := func(kind string, items []content.Item) {
		s.t.Helper()
		for _, item := range items {
			same(kind, id, item.ID, item.Body)
		}
	}
	list("comment", issue.Comments())
	if !s.lacks.TimeTracking {
		list("worklog", issue.Worklogs())
	}
	list("changelog", issue.Changelog())
	if !s.lacks.IssueLinking {
		list("remotelink", issue.RemoteLinks())
	}
	for _, p := range issue.Properties() {
		same("property", id, p.Name, p.Value)
	}
	if len(issue.Watchers()) > 0 && !s.lacks.Watching {
		same("watchers", id, "", issue.WatchersBody())
	}
	if len(issue.Voters()) > 0 && !s.lacks.Voting {
		same("votes", id, "", issue.VotesBody())
	}
}

// sameBytes compares an attachment with what the site sends, and with its index row.
func (s *stack) sameBytes(r *archive.Reader, row archive.IndexRow, a samplesite.TrueAttachment) {
	s.t.Helper()
	require.Equal(s.t, fmt.Sprint(a.ID), row.ID, "in the index")
	require.Equal(s.t, a.Name, row.Name)
	require.Equal(s.t, a.Size, row.Size)
	have, err := r.OpenAttachment(s.ctx(), row)
	require.NoError(s.t, err)
	defer have.Close()
	require.True(s.t, equalStreams(s.t, have, a.Open()), "bytes of attachment %d", a.ID)
}

func equalStreams(t require.TestingT, a, b io.Reader) bool {
	one, two := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, errA := io.ReadFull(a, one)
		m, errB := io.ReadFull(b, two)
		if n != m || !bytes.Equal(one[:n], two[:m]) {
			return false
		}
		if errA != nil || errB != nil {
			require.True(t, errA == io.EOF || errA == io.ErrUnexpectedEOF, errA)
			require.True(t, errB == io.EOF || errB == io.ErrUnexpectedEOF, errB)
			return true
		}
	}
}

func bytesOf(bodies []json.RawMessage) (all [][]byte) {
	for _, b := range bodies {
		all = append(all, b)
	}
	return all
}

// count is how many records of a name the archive has.
func (h held) count(kind, parent, id string) int { return len(h.bodies[name(kind, parent, id)]) }

// difference shows where the archive's body first departs from the site's.
func difference(want []byte, have []json.RawMessage) string {
	if len(have) == 0 {
		return "no such record"
	}
	at := 0
	for at < min(len(want), len(have[0])) && want[at] == have[0][at] {
		at++
	}
	around := func(b []byte) []byte { return b[max(0, min(at, len(b))-80):min(len(b), at+80)] }
	return fmt.Sprintf("at byte %d the site has …%s… and the archive …%s…", at, around(want), around(have[0]))
}

// timeless takes the site's clock out of its serverInfo.
func timeless(body []byte) []byte {
	return regexp.MustCompile(`"serverTime":"[^"]*"`).ReplaceAll(body, []byte(`"serverTime":""`))
}

var accountID = regexp.MustCompile(`"accountId":"([^"\\]+)"`)

// requireUsers holds the users of the archive against all accounts that appear in its bodies.
func (s *stack) requireUsers(h held) {
	s.t.Helper()
	for key, bodies := range h.bodies {
		if !strings.HasPrefix(key, "issue ") && !strings.HasPrefix(key, "comment ") && !strings.HasPrefix(key, "worklog ") {
			continue
		}
		for _, m := range accountID.FindAllSubmatch(bytes.Join(bytesOf(bodies), nil), -1) {
			require.Contains(s.t, h.users, string(m[1]), "appears in %s", key)
		}
	}
	for id, body := range h.users {
		require.Equal(s.t, id, member(s.t, body, "accountId"))
	}
}

// get asks the site itself, past our client.
func (s *stack) get(path string) []byte {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.ctx(), http.MethodGet, s.site.URL()+samplesite.Prefix+path, nil)
	require.NoError(s.t, err)
	req.SetBasicAuth(s.site.Email(), s.site.Token())
	resp, err := http.DefaultClient.Do(req)
	require.NoError(s.t, err)
	defer resp.Body.Close()
	require.Equal(s.t, http.StatusOK, resp.StatusCode, path)
	body, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	return body
}

// member is the text of a member of an object, as it is for numbers.
func member(t require.TestingT, body []byte, name string) string {
	var all map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(body, &all))
	var text string
	if json.Unmarshal(all[name], &text) == nil {
		return text
	}
	return string(all[name])
}

// attachments are all attachments of the site, by issue.
func (s *stack) attachments() (all []samplesite.TrueAttachment) {
	for p := range s.site.Truth().Projects() {
		for issue := range s.site.Truth().Issues(p.Key) {
			all = append(all, issue.Attachments()...)
		}
	}
	return all
}

func (s *stack) comments(key string) []content.Item {
	issue, found := s.site.Truth().Issue(key)
	require.True(s.t, found)
	return issue.Comments()
}

// reportItems are the missing and gone items that a backup's report lists.
func (s *stack) reportItems(id string) (items []archive.ItemRow) {
	s.t.Helper()
	_, err := archive.OpenReport(s.ctx(), s.store, s.policy, id, archive.ReportVisitor{
		Item: func(row archive.ItemRow) error { items = append(items, row); return nil },
	})
	require.NoError(s.t, err)
	return items
}
