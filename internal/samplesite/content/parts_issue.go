package content

import (
	"strconv"

	"holdfast/internal/samplesite/rawjson"
)

// writtenTo is an issue with the lists that were written to.
type writtenTo struct {
	Issue
	owned owned
}

// Recorded implements Issue: what was written to is composed.
func (w *writtenTo) Recorded() rawjson.Raw { return nil }

// Comments implements Issue.
func (w *writtenTo) Comments() []Item { return either(&w.owned.comments, w.Issue.Comments) }

// Worklogs implements Issue.
func (w *writtenTo) Worklogs() []Item { return either(&w.owned.worklogs, w.Issue.Worklogs) }

// RemoteLinks implements Issue.
func (w *writtenTo) RemoteLinks() []Item { return either(&w.owned.links, w.Issue.RemoteLinks) }

// Watchers implements Issue.
func (w *writtenTo) Watchers() []Person { return either(&w.owned.watchers, w.Issue.Watchers) }

// Voters implements Issue.
func (w *writtenTo) Voters() []Person { return either(&w.owned.voters, w.Issue.Voters) }

// Attachments implements Issue.
func (w *writtenTo) Attachments() []Attachment { return either(&w.owned.files, w.Issue.Attachments) }

func either[T any](t *taken[T], beneath func() []T) []T {
	if t.yes {
		return t.items
	}
	return beneath()
}

// Fields implements Issue: the collections that were written to are for the site to
// compose, and time that was logged is counted.
func (w *writtenTo) Fields() []rawjson.Member {
	collection := map[string]bool{"comment": w.owned.comments.yes, "worklog": w.owned.worklogs.yes, "attachment": w.owned.files.yes,
		"watches": w.owned.watchers.yes, "votes": w.owned.voters.yes}
	fields := append([]rawjson.Member(nil), w.Issue.Fields()...)
	for i := range fields {
		if collection[fields[i].Name] {
			fields[i].Value = nil
		}
	}
	if w.owned.worklogs.yes {
		w.countTime(fields)
	}
	return fields
}

// Estimate is how long an issue was and is thought to take, in seconds; negative: not known.
type Estimate struct{ Original, Remaining int64 }

// EstimateOf returns the estimate that the field "timetracking" holds.
func EstimateOf(fields []rawjson.Member) Estimate {
	e := Estimate{Original: -1, Remaining: -1}
	m, err := rawjson.Split(rawjson.Get(fields, "timetracking"))
	if err != nil {
		return e
	}
	for name, to := range map[string]*int64{"originalEstimateSeconds": &e.Original, "remainingEstimateSeconds": &e.Remaining} {
		if n, err := strconv.ParseInt(string(rawjson.Get(m, name)), 10, 64); err == nil {
			*to = n
		}
	}
	return e
}

// SetRemaining sets what is left of an issue's time, in seconds, until its own
// field is changed.
func (p *Parts) SetRemaining(row Row, seconds int64) {
	base := EstimateOf(p.Source.Issue(row).Fields())
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.own(row.ID)
	o.base, o.remaining, o.estimated = base, seconds, true
}

// countTime puts the time that is logged, and what is left, into the fields that tell it.
func (w *writtenTo) countTime(fields []rawjson.Member) {
	var spent int64
	for _, item := range w.owned.worklogs.items {
		n, _ := strconv.ParseInt(member(item.Body, "timeSpentSeconds"), 10, 64)
		spent += n
	}
	e := EstimateOf(fields)
	if w.owned.estimated && w.owned.base == e {
		e.Remaining = w.owned.remaining
	}
	null := raw("null")
	seconds := func(n int64) raw {
		if n < 0 {
			return null
		}
		return raw(strconv.FormatInt(n, 10))
	}
	logged := seconds(spent)
	if len(w.owned.worklogs.items) == 0 {
		logged = null
	}
	progress := rawjson.Object("progress", spent, "total", spent+max(e.Remaining, 0))
	if total := spent + max(e.Remaining, 0); total > 0 {
		progress = rawjson.Object("progress", spent, "total", total, "percent", spent*100/total)
	}
	values := map[string]raw{"timetracking": TimeTracking(e, spent, len(w.owned.worklogs.items) > 0), "timespent": logged, "aggregatetimespent": logged,
		"timeestimate": seconds(e.Remaining), "aggregatetimeestimate": seconds(e.Remaining), "progress": progress, "aggregateprogress": progress}
	for i := range fields {
		if v := values[fields[i].Name]; v != nil {
			fields[i].Value = v
		}
	}
}

// TimeTracking is the field "timetracking": estimates where there are any, and the time spent once some is logged.
func TimeTracking(e Estimate, spent int64, logged bool) rawjson.Raw {
	var pairs []any
	for _, one := range []struct {
		name    string
		seconds int64
		there   bool
	}{{"originalEstimate", e.Original, e.Original >= 0}, {"remainingEstimate", e.Remaining, e.Remaining >= 0}, {"timeSpent", spent, logged}} {
		if one.there {
			pairs = append(pairs, one.name, Duration(one.seconds))
		}
	}
	for _, one := range []struct {
		name    string
		seconds int64
		there   bool
	}{{"originalEstimateSeconds", e.Original, e.Original >= 0}, {"remainingEstimateSeconds", e.Remaining, e.Remaining >= 0}, {"timeSpentSeconds", spent, logged}} {
		if one.there {
			pairs = append(pairs, one.name, one.seconds)
		}
	}
	return rawjson.Object(pairs...)
}
