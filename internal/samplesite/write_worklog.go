package samplesite

import (
	"net/http"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// worklogWrites is what changes worklogs and their properties.
func worklogWrites() []write {
	scopes, all := []string{writeWork}, Prefix+"/issue/{issueIdOrKey}/worklog"
	property := all + "/{worklogId}/properties/{propertyKey}"
	return []write{
		{method: http.MethodPost, template: all, scopes: scopes, permission: "WORK_ON_ISSUES", answer: addWorklog},
		{method: http.MethodPut, template: all + "/{id}", scopes: scopes, permission: "EDIT_ALL_WORKLOGS", answer: updateWorklog},
		{method: http.MethodDelete, template: all + "/{id}", scopes: scopes, permission: "DELETE_ALL_WORKLOGS", answer: deleteWorklog},
		{method: http.MethodPut, template: property, scopes: scopes, permission: "EDIT_ALL_WORKLOGS", answer: setWorklogProperty},
		{method: http.MethodDelete, template: property, scopes: scopes, permission: "EDIT_ALL_WORKLOGS", answer: deleteWorklogProperty},
	}
}

// worklogInput is what a request says of a worklog.
type worklogInput struct {
	comment, visibility rawjson.Raw
	restricted          bool  // visibility was given
	started             int64 // Unix ms; 0: not given
	seconds             int64 // 0: not given
	properties          []rawjson.Member
}

// tooShort is Jira's answer to less than a minute.
const tooShort = "You must indicate the time spent working, of a minute or more."

func (c *call) worklog() (in worklogInput, bad *reply) {
	body, bad := c.object("comment", "visibility", "properties", "started", "timeSpent", "timeSpentSeconds")
	if bad != nil {
		return in, bad
	}
	if in.comment = body["comment"]; in.comment != nil && string(in.comment) != "null" {
		if bad = textPart(in.comment, "comment"); bad != nil {
			return in, bad
		}
	}
	if v := body["started"]; v != nil {
		text, isText := textOf(v)
		if in.started = content.ParseTime(text); !isText || in.started == 0 {
			return in, wrong("started", "The date must be in the format yyyy-MM-dd'T'HH:mm:ss.SSSZ.")
		}
	}
	if in.seconds, bad = timeSpent(body["timeSpent"], body["timeSpentSeconds"]); bad != nil {
		return in, bad
	}
	_, in.restricted = body["visibility"]
	if in.visibility, bad = c.visibility(body["visibility"]); bad != nil {
		return in, bad
	}
	in.properties, bad = propertyList(body["properties"])
	return in, bad
}

// timeSpent reads a time in words or in seconds, of which whole minutes count.
func timeSpent(words, seconds rawjson.Raw) (int64, *reply) {
	switch {
	case words != nil && seconds != nil:
		return 0, wrong("timeLogged", "timeSpent and timeSpentSeconds can not both be given.")
	case words != nil:
		text, isText := textOf(words)
		n, valid := content.ParseDuration(text)
		if !isText || !valid || n < 60 {
			return 0, wrong("timeLogged", tooShort)
		}
		return n, nil
	case seconds != nil:
		n, err := strconv.ParseInt(string(seconds), 10, 64)
		if err != nil || n < 60 {
			return 0, wrong("timeLogged", tooShort)
		}
		return n - n%60, nil
	}
	return 0, nil
}

// adjusted is what a request makes of the estimate: back is the seconds by which less is logged than before.
func (c *call) adjusted(row content.Row, back int64, manual string) (remaining int64, set bool, bad *reply) {
	duration := func(name string) (int64, *reply) {
		n, valid := content.ParseDuration(c.query.Get(name))
		if !valid {
			return 0, wrong(name, "The parameter "+name+" is required, as a duration.")
		}
		return n, nil
	}
	before := content.EstimateOf(c.site.src.Issue(row).Fields()).Remaining
	switch how := c.query.Get("adjustEstimate"); {
	case how == "leave":
		return 0, false, nil
	case how == "new":
		n, bad := duration("newEstimate")
		return n, true, bad
	case how == "manual" && manual != "":
		n, bad := duration(manual)
		if back > 0 {
			n = -n
		}
		return max(0, max(before, 0)-n), true, bad
	case how == "" || how == "auto":
		return max(0, max(before, 0)+back), true, nil
	default:
		return 0, false, refused(http.StatusBadRequest, "The adjustEstimate value '"+how+"' is not supported.")
	}
}

// tracksTime refuses where time tracking is switched off.
func (c *call) tracksTime() *reply {
	if c.site.world.lacking().TimeTracking {
		return refused(http.StatusNotFound, "Time tracking is disabled.")
	}
	return c.unwritable()
}

// logTime replaces the worklogs of an issue and sets what is left of its estimate.
func (c *call) logTime(by func([]content.Item) []content.Item, remaining int64, set bool) {
	c.site.parts.ChangeWorklogs(c.row, by)
	if set {
		c.site.parts.SetRemaining(c.row, remaining)
	}
	c.site.touch(c.row)
}

func addWorklog(c *call) reply {
	if bad := c.tracksTime(); bad != nil {
		return *bad
	}
	in, bad := c.worklog()
	if bad != nil {
		return *bad
	}
	if in.started == 0 {
		return *wrong("started", "The date on which the work was started is required.")
	}
	if in.seconds == 0 {
		return *wrong("timeLogged", tooShort)
	}
	remaining, set, bad := c.adjusted(c.row, -in.seconds, "reduceBy")
	if bad != nil {
		return *bad
	}
	if len(c.site.src.Issue(c.row).Worklogs()) >= partLimits["worklog"] {
		return *fullIssue("worklog")
	}
	id, now, author := strconv.FormatInt(c.site.parts.Next(), 10), content.FormatTime(c.now()), c.site.me().Body
	pairs := []any{"self", issueSelf(c.row) + "/worklog/" + id, "author", author, "updateAuthor", author}
	if in.comment != nil && string(in.comment) != "null" {
		pairs = append(pairs, "comment", in.comment)
	}
	pairs = append(pairs, "created", now, "updated", now)
	if in.visibility != nil {
		pairs = append(pairs, "visibility", in.visibility)
	}
	pairs = append(pairs, "started", content.FormatTime(in.started), "timeSpent", content.Duration(in.seconds), "timeSpentSeconds", in.seconds,
		"id", id, "issueId", strconv.FormatInt(c.row.ID, 10))
	item := content.Item{ID: id, Time: in.started, Body: rawjson.Object(pairs...)}
	for _, p := range in.properties {
		c.site.parts.SetProperty("worklog", id, p.Name, p.Value)
	}
	c.logTime(func(all []content.Item) []content.Item { return append(all, item) }, remaining, set)
	return wrote(http.StatusCreated, c.shownWorklog(item))
}

func updateWorklog(c *call) reply {
	_, item, bad := c.worklogAsked(c.params["id"])
	if bad == nil {
		bad = c.tracksTime()
	}
	if bad != nil {
		return *bad
	}
	in, bad := c.worklog()
	if bad != nil {
		return *bad
	}
	m, err := rawjson.Split(item.Body)
	if err != nil {
		return serverError() // bodies are our own
	}
	set := func(name string, value rawjson.Raw) { m, _ = content.SetMember(m, name, value) }
	before, _ := strconv.ParseInt(string(rawjson.Get(m, "timeSpentSeconds")), 10, 64)
	back := int64(0)
	if in.seconds > 0 {
		back = before - in.seconds
		set("timeSpent", rawjson.String(content.Duration(in.seconds)))
		set("timeSpentSeconds", rawjson.Raw(strconv.FormatInt(in.seconds, 10)))
	}
	remaining, adjust, bad := c.adjusted(c.row, back, "")
	if bad != nil {
		return *bad
	}
	if in.started != 0 {
		item.Time = in.started
		set("started", rawjson.String(content.FormatTime(in.started)))
	}
	if in.comment != nil {
		set("comment", in.comment)
	}
	if in.restricted {
		m = slices.DeleteFunc(m, func(one rawjson.Member) bool { return one.Name == "visibility" })
		if in.visibility != nil {
			set("visibility", in.visibility)
		}
	}
	set("updateAuthor", c.site.me().Body)
	set("updated", rawjson.String(content.FormatTime(c.now())))
	item.Body = rawjson.Members(m)
	for _, p := range in.properties {
		c.site.parts.SetProperty("worklog", item.ID, p.Name, p.Value)
	}
	c.logTime(replacing(item), remaining, adjust && in.seconds > 0)
	return ok(c.shownWorklog(item))
}

func deleteWorklog(c *call) reply {
	_, item, bad := c.worklogAsked(c.params["id"])
	if bad == nil {
		bad = c.tracksTime()
	}
	if bad != nil {
		return *bad
	}
	back, _ := strconv.ParseInt(at(item.Body, "timeSpentSeconds"), 10, 64)
	remaining, set, bad := c.adjusted(c.row, back, "increaseBy")
	if bad != nil {
		return *bad
	}
	c.logTime(leavingOut(item.ID), remaining, set)
	return wrote(http.StatusNoContent, nil)
}
