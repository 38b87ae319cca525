package content

import (
	"strconv"
	"strings"

	"holdfast/internal/samplesite/rawjson"
)

// spreadTasks decides how many tasks the texts of a space have.
func (w *wiki) spreadTasks(space int) {
	var open []int32
	for _, i := range w.ofSpace[space] {
		if w.nodes[i].number > 0 && w.nodes[i].Status == "current" {
			open = append(open, i)
		}
	}
	if len(w.bodies) > 0 { // given texts have the tasks that they have
		for _, i := range open {
			w.nodes[i].tasks = len(taskElement.FindAllString(w.bodies[turn(w.nodes[i].ordinal, len(w.bodies))], -1))
		}
		return
	}
	if len(open) == 0 {
		return
	}
	r := w.rng(wikiTaskPart, int64(space))
	left := w.spec.Spaces[space].Tasks
	if left == 0 {
		left = r.below(1 + len(open)/6)
	}
	for left > 0 {
		k := min(left, 1+r.longTail(8))
		w.nodes[open[r.below(len(open))]].tasks += k
		left -= k
	}
}

// chore is a task before it is written down.
type chore struct {
	id    int64
	local string // the task's id in its text
	uuid  string
	done  bool
	who   string // account id, "" for nobody
	due   string // "2024-03-05" or ""
	words string // "" for a blank one
}

// chores is the tasks of the page's text.
func (p *page) chores() []chore {
	first := p.commentID(0)
	if p.was.tasks > 0 {
		first += int64(len(p.thread()))
	}
	out := make([]chore, 0, p.was.tasks)
	for k := range p.was.tasks {
		c := chore{id: first + int64(k), local: number(k + 1)}
		r := p.w.rng(wikiTaskPart, c.id)
		c.uuid, c.done = uuidFrom(r), r.in(40)
		if r.in(60) {
			c.who = pick(r, p.w.people).AccountID
		}
		if r.in(40) {
			c.due = FormatWikiTime(p.was.Created + int64(r.below(400))*86400_000)[:10]
		}
		c.words = sentence(r, pickScript(r)) + " <&>"
		if k%12 == 5 {
			c.who, c.due, c.words = "", "", ""
		}
		out = append(out, c)
	}
	return out
}

// body is a task's text in both formats.
func (c chore) body() (string, []raw) {
	var b strings.Builder
	var adf []raw
	if c.words != "" {
		b.WriteString(xmlText(c.words))
		adf = append(adf, text(c.words))
	}
	if c.who != "" {
		b.WriteString(` <ac:link><ri:user ri:account-id="` + c.who + `" /></ac:link>`)
		adf = append(adf, rawjson.Object("type", "mention", "attrs", rawjson.Object("id", c.who, "text", "", "accessLevel", "")))
	}
	if c.due != "" {
		b.WriteString(` <time datetime="` + c.due + `" />`)
		adf = append(adf, text(" "+c.due))
	}
	return b.String(), adf
}

// taskList is the tasks at a version: the first version has half of them.
func (p *page) taskList(_ *wikiDocument, version int) fragment {
	all := p.chores()
	if version < p.was.Version {
		all = all[:len(all)/2]
	}
	if len(all) == 0 {
		return fragment{}
	}
	var b strings.Builder
	var items []raw
	b.WriteString("<ac:task-list>")
	for _, c := range all {
		status, state := "incomplete", "TODO"
		if c.done {
			status, state = "complete", "DONE"
		}
		words, adf := c.body()
		b.WriteString("<ac:task><ac:task-id>" + c.local + "</ac:task-id><ac:task-uuid>" + c.uuid + "</ac:task-uuid><ac:task-status>" + status +
			`</ac:task-status><ac:task-body><span class="placeholder-inline-tasks">` + words + "</span></ac:task-body></ac:task>")
		items = append(items, nodeWith("taskItem", rawjson.Object("localId", c.uuid, "state", state), adf...))
	}
	b.WriteString("</ac:task-list>")
	return fragment{b.String(), nodeWith("taskList", rawjson.Object("localId", ""), items...)}
}

// Tasks implements Wiki.
func (w *wiki) Tasks(space int) []Task {
	var out []Task
	if space < 0 || space >= len(w.spaces) {
		return nil
	}
	for _, i := range w.ofSpace[space] {
		n := w.nodes[i]
		if n.tasks == 0 {
			continue
		}
		p := &page{w: w, node: n, was: n, spec: w.sizes(n)}
		if len(w.bodies) > 0 {
			out = append(out, p.givenTasks()...)
			continue
		}
		for _, c := range p.chores() {
			out = append(out, Task{ID: c.id, Node: n.ID, Body: p.task(c)})
		}
	}
	return out
}

// givenTasks is the tasks of a text that was given.
func (p *page) givenTasks() []Task {
	next := p.commentID(0) + int64(len(p.thread())) - 1
	of := &Written{Node: p.node, History: []WrittenVersion{{Storage: p.Body(p.node.Version, StorageFormat)}}}
	return TasksOf(of, idText(p.w.spaces[p.node.Space].ID), p.w.author(p.node).AccountID, p.node.Modified, func() int64 { next++; return next })
}

// task is what lists show of a task.
func (p *page) task(c chore) raw {
	w, n := p.w, p.node
	pageID, blogID := p.id(), ""
	if n.Type == BlogType {
		pageID, blogID = "", p.id()
	}
	status, by, at, due := "incomplete", "", "", ""
	if c.done {
		status, by, at = "complete", w.author(n).AccountID, FormatWikiTime(n.Modified+1000)
	}
	if c.due != "" {
		due = c.due + "T00:00:00.000Z"
	}
	words, _ := c.body()
	return rawjson.Members(compact("id", strconv.FormatInt(c.id, 10), "localId", c.local, "spaceId", strconv.FormatInt(w.spaces[n.Space].ID, 10), "pageId", pageID, "blogPostId", blogID,
		"status", status, "body", rawjson.Object("storage", bodyOf(StorageFormat, words)), "createdBy", w.author(n).AccountID, "assignedTo", c.who, "completedBy", by,
		"createdAt", FormatWikiTime(n.Created), "updatedAt", FormatWikiTime(n.Modified), "dueAt", due, "completedAt", at))
}
