package content

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/rawjson"
)

// recordedIssue is an issue as it was recorded, or one made up around recorded items.
type recordedIssue struct {
	source    *Recorded
	row       Row
	whole     rawjson.Raw // nil where it was made up
	top       []rawjson.Member
	fields    []rawjson.Member
	comments  []Item
	worklogs  []Item
	changelog []Item
	links     []Item
	watchers  int
	voters    int
}

func newRecordedIssue(body rawjson.Raw) (*recordedIssue, error) {
	i := &recordedIssue{whole: body}
	all, err := rawjson.Split(body)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if m.Name != "fields" && m.Name != "changelog" {
			i.top = append(i.top, m)
		}
	}
	if i.row.ID, err = strconv.ParseInt(textOf(all, "id"), 10, 64); err != nil {
		return nil, fmt.Errorf("the issue's id: %w", err)
	}
	i.row.Key = textOf(all, "key")
	if i.fields, err = rawjson.Split(rawjson.Get(all, "fields")); err != nil {
		return nil, err
	}
	i.row.Created, i.row.Updated = ParseTime(textOf(i.fields, "created")), ParseTime(textOf(i.fields, "updated"))
	i.watchers, i.voters = countIn(i.fields, "watches", "watchCount"), countIn(i.fields, "votes", "votes")
	for _, c := range []struct {
		in   []rawjson.Member
		name string
		list string
		time string
		to   *[]Item
	}{
		{i.fields, "comment", "comments", "created", &i.comments},
		{i.fields, "worklog", "worklogs", "started", &i.worklogs},
		{all, "changelog", "histories", "created", &i.changelog},
	} {
		if *c.to, err = embedded(rawjson.Get(c.in, c.name), c.list, c.time); err != nil {
			return nil, fmt.Errorf("the issue's %s: %w", c.name, err)
		}
	}
	return i, nil
}

// embedded reads a collection inside an issue, which must be whole: the other
// lists of the site announce what it holds.
func embedded(collection rawjson.Raw, list, time string) ([]Item, error) {
	if collection == nil || string(collection) == "null" {
		return nil, nil
	}
	m, err := rawjson.Split(collection)
	if err != nil {
		return nil, err
	}
	items, err := rawjson.Items(rawjson.Get(m, list))
	if err != nil {
		return nil, err
	}
	if total := string(rawjson.Get(m, "total")); total != strconv.Itoa(len(items)) {
		return nil, fmt.Errorf("it holds %d of %s", len(items), total)
	}
	out := make([]Item, 0, len(items))
	for _, body := range items {
		item, err := itemOf(body, time)
		if err != nil {
			return nil, err
		}
		out = append(out, item)
	}
	return out, nil
}

func itemOf(body rawjson.Raw, time string) (Item, error) {
	m, err := rawjson.Split(body)
	if err != nil {
		return Item{}, err
	}
	return Item{ID: textOf(m, "id"), Time: ParseTime(textOf(m, time)), Body: body}, nil
}

// textOf returns a member that is a string, or "".
func textOf(members []rawjson.Member, name string) string {
	var s string
	_ = json.Unmarshal(rawjson.Get(members, name), &s) // absent or of another type: ""
	return s
}

// countIn reads a number inside a member, 0 where there is none.
func countIn(members []rawjson.Member, name, inner string) int {
	m, err := rawjson.Split(rawjson.Get(members, name))
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(string(rawjson.Get(m, inner)))
	return n
}

// sortItems puts collections in the order of their own endpoints: oldest first.
func (i *recordedIssue) sortItems() {
	byTime := func(a, b Item) int { return cmp.Compare(a.Time, b.Time) }
	byID := func(a, b Item) int {
		x, _ := strconv.ParseInt(a.ID, 10, 64)
		y, _ := strconv.ParseInt(b.ID, 10, 64)
		return cmp.Compare(x, y)
	}
	slices.SortStableFunc(i.comments, byID)
	slices.SortStableFunc(i.worklogs, byTime)
	slices.SortStableFunc(i.changelog, func(a, b Item) int { return cmp.Or(byTime(a, b), byID(a, b)) })
}

// makeUp gives an issue of which only items were recorded the least that an
// issue has. It belongs to the project that most recorded issues belong to,
// unless its key says otherwise.
func (r *Recorded) makeUp(i *recordedIssue) {
	if i.row.Key == "" {
		i.row.Key = r.mainProject() + "-" + strconv.FormatInt(i.row.ID, 10)
	}
	for k, p := range r.projects {
		var n int
		if c, err := fmt.Sscanf(i.row.Key, p.Key+"-%d", &n); c == 1 && err == nil {
			i.row.Project, i.row.Number = k, n
		}
	}
	for _, items := range [][]Item{i.worklogs, i.changelog} {
		for _, item := range items {
			if i.row.Created == 0 || item.Time < i.row.Created {
				i.row.Created = item.Time
			}
			i.row.Updated = max(i.row.Updated, item.Time)
		}
	}
	if i.row.Created == 0 {
		i.row.Created, i.row.Updated = firstCreated+i.row.ID, firstCreated+i.row.ID
	}
	p := r.projects[max(i.row.Project, 0)]
	id := strconv.FormatInt(i.row.ID, 10)
	i.top = []rawjson.Member{
		{Name: "expand", Value: rawjson.String("renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations")},
		{Name: "id", Value: rawjson.String(id)},
		{Name: "self", Value: rawjson.String(Base + "/rest/api/3/issue/" + id)},
		{Name: "key", Value: rawjson.String(i.row.Key)},
	}
	i.fields = []rawjson.Member{
		{Name: "summary", Value: rawjson.String("Host of recorded items")},
		{Name: "issuetype", Value: issueTypeBody(2)},
		{Name: "project", Value: rawjson.Object("self", Base+"/rest/api/3/project/"+strconv.FormatInt(p.ID, 10), "id", strconv.FormatInt(p.ID, 10), "key", p.Key, "name", p.Name)},
		{Name: "status", Value: statusBody(0)},
		{Name: "created", Value: rawjson.String(FormatTime(i.row.Created))},
		{Name: "updated", Value: rawjson.String(FormatTime(i.row.Updated))},
		{Name: "description"}, {Name: "subtasks", Value: rawjson.Raw("[]")}, {Name: "issuelinks", Value: rawjson.Raw("[]")},
		{Name: "attachment"}, {Name: "watches"}, {Name: "votes"}, {Name: "worklog"}, {Name: "comment"},
	}
	i.fields[6].Value = rawjson.Raw("null")
}

func (r *Recorded) mainProject() string {
	counts := make([]int, len(r.projects))
	for _, i := range r.issues {
		if i.whole != nil {
			counts[i.row.Project]++
		}
	}
	best := 0
	for k, n := range counts {
		if n > counts[best] {
			best = k
		}
	}
	return r.projects[best].Key
}

// Top implements Issue.
func (i *recordedIssue) Top() []rawjson.Member { return i.top }

// Fields implements Issue.
func (i *recordedIssue) Fields() []rawjson.Member { return i.fields }

// Comments implements Issue.
func (i *recordedIssue) Comments() []Item { return i.comments }

// Worklogs implements Issue.
func (i *recordedIssue) Worklogs() []Item { return i.worklogs }

// Changelog implements Issue.
func (i *recordedIssue) Changelog() []Item { return i.changelog }

// RemoteLinks implements Issue.
func (i *recordedIssue) RemoteLinks() []Item { return i.links }

// Properties implements Issue: none were recorded.
func (i *recordedIssue) Properties() []rawjson.Member { return nil }

// Watchers implements Issue: as many people as the issue's body counts.
func (i *recordedIssue) Watchers() []Person {
	return i.source.people[:min(i.watchers, len(i.source.people))]
}

// Voters implements Issue.
func (i *recordedIssue) Voters() []Person {
	return i.source.people[:min(i.voters, len(i.source.people))]
}

// Attachments implements Issue: none were recorded.
func (i *recordedIssue) Attachments() []Attachment { return nil }

// Recorded implements Issue.
func (i *recordedIssue) Recorded() rawjson.Raw { return i.whole }
