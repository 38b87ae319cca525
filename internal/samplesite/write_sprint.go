package samplesite

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// sprintWrites is what makes and changes sprints.
func sprintWrites() []write {
	one := agile + "/sprint/{sprintId}"
	return append([]write{
		{method: http.MethodPost, template: agile + "/sprint", scopes: []string{writeSprint}, answer: createSprint},
		{method: http.MethodPut, template: one, scopes: []string{writeSprint}, answer: replaceSprint},
		{method: http.MethodPost, template: one, scopes: []string{writeSprint}, answer: changeSprint},
		{method: http.MethodDelete, template: one, scopes: []string{deleteSprints}, answer: deleteSprint},
	}, keyedWrites(one+"/properties", []string{writeSprint}, "sprintProperty", sprintID)...)
}

// sprintReads is what those who write ask of sprints.
func sprintReads() []route {
	one := agile + "/sprint/{sprintId}"
	return append([]route{{method: http.MethodGet, template: one, scopes: []string{readSprints}, answer: getSprint}},
		keyedReads(one+"/properties", []string{readSprints}, "sprintProperty", sprintID)...)
}

// sprintAsked finds the sprint that the path names, on any board that the account sees.
func (c *call) sprintAsked() (content.Entry, *reply) {
	if bad := c.softwareUser(); bad != nil {
		return content.Entry{}, bad
	}
	id := c.params["sprintId"]
	if _, err := strconv.ParseInt(id, 10, 64); err != nil {
		return content.Entry{}, refused(http.StatusBadRequest, "The sprint id '"+id+"' is not a number.")
	}
	e, found := c.site.src.Setup().SprintByID(id)
	if !found || sprintWithheld(c.site, id) {
		return e, refused(http.StatusNotFound, "Sprint with the id "+id+" does not exist or you do not have permission to view it.")
	}
	return e, nil
}

func sprintID(c *call) (string, *reply) {
	e, bad := c.sprintAsked()
	return e.ID, bad
}

func getSprint(c *call) reply {
	e, bad := c.sprintAsked()
	if bad != nil {
		return *bad
	}
	return ok(e.Body)
}

// sprintTime is how sprints write times.
const sprintTime = "2006-01-02T15:04:05.000Z"

// sprintDate reads a date of a sprint; "" where there is none.
func sprintDate(v rawjson.Raw, field string) (string, *reply) {
	text, isText := textOf(v)
	if isText && text == "" {
		return "", nil
	}
	for _, layout := range []string{time.RFC3339Nano, content.TimeLayout} {
		if at, err := time.Parse(layout, text); isText && err == nil {
			return at.UTC().Format(sprintTime), nil
		}
	}
	return "", wrong(field, "The date '"+text+"' is not in the format of ISO 8601.")
}

// sprintInput is what a request says of a sprint; what it does not say is nil.
type sprintInput struct{ name, goal, start, end, state *string }

// sprint reads what a request says of a sprint; more is the names that only some requests know.
func (c *call) sprint(more ...string) (in sprintInput, body map[string]rawjson.Raw, bad *reply) {
	body, bad = c.object(append(more, "name", "goal", "startDate", "endDate", "originBoardId")...)
	if bad != nil {
		return in, nil, bad
	}
	for name, to := range map[string]**string{"name": &in.name, "goal": &in.goal, "state": &in.state, "startDate": &in.start, "endDate": &in.end} {
		v, given := body[name]
		if !given {
			continue
		}
		text, isText := textOf(v)
		if !isText {
			return in, nil, wrong(name, "The value is not a text.")
		}
		if name == "startDate" || name == "endDate" {
			if text, bad = sprintDate(v, name); bad != nil {
				return in, nil, bad
			}
		}
		if name == "name" {
			if text = strings.TrimSpace(text); text == "" {
				return in, nil, wrong("name", "The sprint name must not be empty.")
			}
		}
		*to = &text
	}
	return in, body, nil
}

func createSprint(c *call) reply {
	if bad := c.softwareUser(); bad != nil {
		return *bad
	}
	in, body, bad := c.sprint()
	switch {
	case bad != nil:
		return *bad
	case in.name == nil:
		return *wrong("name", "The sprint name is required.")
	case body["originBoardId"] == nil:
		return *wrong("originBoardId", "The id of the origin board is required.")
	}
	board := string(body["originBoardId"])
	if e, found := c.site.src.Setup().Find("board", "", board); !found || !c.site.shows(c.site.listings["board"], e, nil) {
		return refuse(http.StatusNotFound, "The board with the id "+board+" does not exist or you do not have permission to view it.")
	}
	if !c.site.src.Setup().Has("sprint", board) {
		return *wrong("originBoardId", "The board does not support sprints")
	}
	if bad := inOrder(in.start, in.end); bad != nil {
		return *bad
	}
	id := c.site.layer.NextID()
	e := content.Entry{ID: strconv.FormatInt(id, 10), Project: -1, Body: rawjson.Object("id", id, "self", content.Base+agile+"/sprint/"+strconv.FormatInt(id, 10), "state", "future",
		"createdDate", c.site.cfg.Now().UTC().Format(sprintTime), "originBoardId", body["originBoardId"])}
	e.Body = in.applied(e.Body)
	c.site.layer.Put("sprint", board, e)
	c.site.layer.Begin("sprintProperty", e.ID)
	return wrote(http.StatusCreated, e.Body)
}

// inOrder refuses a sprint that ends before it begins.
func inOrder(start, end *string) *reply {
	if start != nil && end != nil && *start != "" && *end != "" && *end <= *start {
		return wrong("endDate", "The end date must be after the start date.")
	}
	return nil
}

// applied is a sprint with what was said of it, in the order in which sprints are shown.
func (in sprintInput) applied(body rawjson.Raw) rawjson.Raw {
	m, err := rawjson.Split(body)
	if err != nil {
		return body // bodies are our own
	}
	values := map[string]*string{"name": in.name, "goal": in.goal, "startDate": in.start, "endDate": in.end}
	var out []rawjson.Member
	for _, name := range []string{"id", "self", "state", "name", "startDate", "endDate", "completeDate", "createdDate", "originBoardId", "goal"} {
		v := rawjson.Get(m, name)
		if said := values[name]; said != nil {
			if v = rawjson.String(*said); *said == "" && name != "goal" {
				v = nil
			}
		}
		if v == nil && name == "goal" {
			v = rawjson.String("")
		}
		if v != nil {
			out = append(out, rawjson.Member{Name: name, Value: v})
		}
	}
	return rawjson.Members(out)
}

func replaceSprint(c *call) reply { return c.updateSprint(true) }

func changeSprint(c *call) reply { return c.updateSprint(false) }

// updateSprint changes a sprint; whole says that what is not said is taken away.
func (c *call) updateSprint(whole bool) reply {
	e, bad := c.sprintAsked()
	if bad != nil {
		return *bad
	}
	in, body, bad := c.sprint("id", "self", "state", "createdDate", "completeDate")
	if bad != nil {
		return *bad
	}
	for _, fixed := range []string{"id", "self", "createdDate", "originBoardId", "completeDate"} {
		if v := body[fixed]; v != nil && string(v) != "null" && at(e.Body, fixed) != strings.Trim(string(v), `"`) {
			return *wrong(fixed, "The value can not be changed.")
		}
	}
	was := at(e.Body, "state")
	if whole {
		if in.name == nil || in.state == nil {
			return *wrong("name", "The name and the state of the sprint are required.")
		}
		none := ""
		for _, p := range []**string{&in.goal, &in.start, &in.end} {
			if *p == nil {
				*p = &none
			}
		}
	}
	if was == "closed" {
		in.start, in.end = nil, nil // of closed sprints only name and goal change; the rest is ignored
		if in.state != nil && *in.state == "closed" {
			in.state = nil
		}
	}
	next := in.applied(e.Body)
	start, end := at(next, "startDate"), at(next, "endDate")
	if bad := inOrder(&start, &end); bad != nil {
		return *bad
	}
	if in.state != nil && *in.state != was {
		if next, bad = c.inState(next, was, *in.state); bad != nil {
			return *bad
		}
	}
	e.Body = next
	c.site.layer.PutSprint(e)
	return ok(e.Body)
}

// inState starts or completes a sprint.
func (c *call) inState(body rawjson.Raw, was, state string) (rawjson.Raw, *reply) {
	m, err := rawjson.Split(body)
	if err != nil {
		p := serverError() // bodies are our own
		return nil, &p
	}
	switch {
	case was == "future" && state == "active":
		if rawjson.Get(m, "startDate") == nil || rawjson.Get(m, "endDate") == nil {
			return nil, wrong("state", "A sprint can only be started with a start date and an end date.")
		}
	case was == "active" && state == "closed":
		m, _ = content.SetMember(m, "completeDate", rawjson.String(c.site.cfg.Now().UTC().Format(sprintTime)))
	default:
		return nil, wrong("state", "The state of the sprint can not be changed from "+was+" to "+state+".")
	}
	m, _ = content.SetMember(m, "state", rawjson.String(state))
	return sprintInput{}.applied(rawjson.Members(m)), nil
}

// deleteSprint takes a sprint away; its issues are in the backlog then.
func deleteSprint(c *call) reply {
	e, bad := c.sprintAsked()
	if bad != nil {
		return *bad
	}
	id, _ := strconv.ParseInt(e.ID, 10, 64)
	c.site.world.mu.RLock()
	rows := slices.Clone(c.site.world.rows)
	c.site.world.mu.RUnlock()
	for _, row := range rows {
		if slices.Contains(c.site.layer.Sprints(row), id) {
			c.site.layer.DropSprint(row, id)
			c.site.touch(row)
		}
	}
	c.site.layer.RemoveSprint(e.ID)
	return wrote(http.StatusNoContent, nil)
}
