package samplesite

import (
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// How many entries of its collections an issue's body holds: measured on live
// sites for worklogs and comments, documented for the changelog.
const (
	embeddedComments  = 100 // the newest
	embeddedWorklogs  = 20  // the oldest
	embeddedChangelog = 40  // the newest
)

// selection is which members of "fields" were asked for.
type selection struct {
	all       bool
	navigable bool
	named     map[string]bool
	left      map[string]bool
}

// unnavigable are the fields that *navigable leaves out.
var unnavigable = map[string]bool{"comment": true, "worklog": true, "attachment": true, "timetracking": true}

// selected reads a list of field names, "*all", "*navigable" and "-name".
func selected(list []string, otherwise string) selection {
	s := selection{named: map[string]bool{}, left: map[string]bool{}}
	positive := false
	for _, item := range list {
		for _, name := range strings.Split(item, ",") {
			switch name = strings.TrimSpace(name); {
			case name == "":
			case name == "*all":
				s.all, positive = true, true
			case name == "*navigable":
				s.navigable, positive = true, true
			case strings.HasPrefix(name, "-"):
				s.left[name[1:]] = true
			default:
				s.named[name] = true
				positive = true
			}
		}
	}
	if !positive {
		switch otherwise {
		case "*all":
			s.all = true
		case "*navigable":
			s.navigable = true
		default:
			s.named[otherwise] = true
		}
	}
	return s
}

func (s selection) has(field string) bool {
	if s.left[field] {
		return false
	}
	return s.all || s.named[field] || s.navigable && !unnavigable[field]
}

// everything reports that no field is left out.
func (s selection) everything() bool { return s.all && len(s.left) == 0 }

// plain reports that nothing but id and key is asked for, which allows large pages.
func (s selection) plain() bool {
	for name := range s.named {
		if name != "id" && name != "key" {
			return false
		}
	}
	return !s.all && !s.navigable
}

// shape is how an issue's body was asked for.
type shape struct {
	fields     selection
	expand     []string
	properties []string // keys, or "*all"
}

// wants reports whether expand names something.
func (f shape) wants(what string) bool { return slices.Contains(f.expand, what) }

// describes reports whether names or types of fields are asked for.
func (f shape) describes() bool { return f.wants("names") || f.wants("schema") }

// splitList takes comma-separated lists apart, as expand is given in a query.
func splitList(lists ...string) []string {
	var out []string
	for _, l := range lists {
		for _, name := range strings.Split(l, ",") {
			if name = strings.TrimSpace(name); name != "" {
				out = append(out, name)
			}
		}
	}
	return out
}

// body composes an issue.
func (s *Site) body(row content.Row, f shape) rawjson.Raw {
	issue := s.src.Issue(row)
	recorded, off := issue.Recorded(), s.world.lacking().fields()
	if recorded != nil && len(off) == 0 && f.fields.everything() && f.wants("changelog") && !f.describes() && len(f.properties) == 0 && s.world.pristine(row) {
		return recorded
	}
	top := issue.Top()
	if f.fields.plain() {
		if f.fields.named["key"] {
			return rawjson.Members(f.addProperties(top, issue))
		}
		return rawjson.Members(f.addProperties([]rawjson.Member{{Name: "id", Value: rawjson.Get(top, "id")}}, issue))
	}
	fields := []rawjson.Member{}
	for _, m := range issue.Fields() {
		if !f.fields.has(m.Name) || off[m.Name] {
			continue
		}
		if m.Value == nil || !s.world.pristine(row) {
			if v := s.collection(row, issue, m.Name); v != nil {
				m.Value = v
			}
		}
		fields = append(fields, m)
	}
	top = f.addProperties(top, issue)
	if f.wants("changelog") {
		top = append(top, rawjson.Member{Name: "changelog", Value: embeddedHistory(issue.Changelog())})
	}
	if f.describes() {
		top = s.described(top, f, inIssue(issue, f))
	}
	return rawjson.Members(append(top, rawjson.Member{Name: "fields", Value: rawjson.Members(fields)}))
}

// fields is those that issues do not have where a feature is switched off.
func (l Lacks) fields() map[string]bool {
	if !l.Voting && !l.Watching && !l.TimeTracking && !l.IssueLinking {
		return nil
	}
	off := map[string]bool{}
	for name, lacking := range map[string]bool{"votes": l.Voting, "watches": l.Watching, "issuelinks": l.IssueLinking, "timetracking": l.TimeTracking,
		"worklog": l.TimeTracking, "timespent": l.TimeTracking, "timeestimate": l.TimeTracking, "timeoriginalestimate": l.TimeTracking,
		"aggregatetimespent": l.TimeTracking, "aggregatetimeestimate": l.TimeTracking, "aggregatetimeoriginalestimate": l.TimeTracking,
		"progress": l.TimeTracking, "aggregateprogress": l.TimeTracking, "workratio": l.TimeTracking} {
		if lacking {
			off[name] = true
		}
	}
	return off
}

// addProperties appends the entity properties that were asked for.
func (f shape) addProperties(top []rawjson.Member, issue content.Issue) []rawjson.Member {
	if len(f.properties) == 0 {
		return top
	}
	asked := []rawjson.Member{}
	for _, p := range issue.Properties() {
		if slices.Contains(f.properties, "*all") || slices.Contains(f.properties, p.Name) {
			asked = append(asked, p)
		}
	}
	return append(slices.Clone(top), rawjson.Member{Name: "properties", Value: rawjson.Members(asked)})
}

// collection is a field that lists what belongs to the issue, cut as Jira cuts it.
func (s *Site) collection(row content.Row, issue content.Issue, name string) rawjson.Raw {
	self := content.Base + "/rest/api/3/issue/" + strconv.FormatInt(row.ID, 10)
	switch name {
	case "comment":
		all := s.world.comments(row, issue.Comments())
		some := all[max(0, len(all)-embeddedComments):]
		return rawjson.Object("comments", bodies(some), "self", self+"/comment", "maxResults", len(some), "total", len(all), "startAt", 0)
	case "worklog":
		all := issue.Worklogs()
		some := all[:min(len(all), embeddedWorklogs)]
		return rawjson.Object("startAt", 0, "maxResults", embeddedWorklogs, "total", len(all), "worklogs", bodies(some))
	case "attachment":
		var list []rawjson.Raw
		for _, a := range s.world.attachments(issue.Attachments()) {
			list = append(list, a.Body)
		}
		return rawjson.Array(list)
	case "watches":
		return rawjson.Object("self", self+"/watchers", "watchCount", len(issue.Watchers()), "isWatching", s.follows(issue.Watchers()))
	case "votes":
		return rawjson.Object("self", self+"/votes", "votes", len(issue.Voters()), "hasVoted", s.follows(issue.Voters()))
	}
	return nil
}

// embeddedHistory is the newest entries, newest first.
func embeddedHistory(all []content.Item) rawjson.Raw {
	some := slices.Clone(all[max(0, len(all)-embeddedChangelog):])
	slices.Reverse(some)
	return rawjson.Object("startAt", 0, "maxResults", len(some), "total", len(all), "histories", bodies(some))
}

func bodies(items []content.Item) []rawjson.Raw {
	out := make([]rawjson.Raw, len(items))
	for i, item := range items {
		out[i] = item.Body
	}
	return out
}
