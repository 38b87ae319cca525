package samplesite

import (
	"cmp"
	"slices"
	"time"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// seenTask is a task and whether the account sees where it stands.
type seenTask struct {
	content.Task
	seen bool
}

// taskBody is what the site answers of a task.
func taskBody(t content.Task, format string) rawjson.Raw {
	body, err := rawjson.Split(t.Body)
	if err != nil {
		return t.Body // bodies are our own
	}
	text := at(t.Body, "body.storage.value")
	return rawjson.Members(replaced(body, "body", textIn(format, func(string) string { return text })))
}

// listTasks answers the tasks of the site, or those that are asked for.
func listTasks(c *call) reply {
	format, bad1 := c.oneOf("body-format", listFormats...)
	blank, bad2 := c.wikiFlag("include-blank-tasks", true)
	shown, bad3 := c.taskFilter()
	spaces, bad4 := c.wikiIDs("space-id", 250)
	if bad := cmp.Or(bad1, bad2, bad3, bad4); bad != nil {
		return *bad
	}
	var all []seenTask
	key := c.adminKey()
	for i, space := range c.site.wiki.src.Spaces() {
		if spaces != nil && !slices.Contains(spaces, space.ID) {
			continue
		}
		for _, t := range c.site.wiki.src.Tasks(i) {
			if !shown(t.Body) || !blank && at(t.Body, "body.storage.value") == "" {
				continue
			}
			_, seen := c.site.wiki.node(t.Node, key)
			all = append(all, seenTask{t, seen})
		}
	}
	return cursorList[seenTask]{usual: 25, most: 250, id: func(t seenTask) int64 { return t.ID }, hidden: func(t seenTask) bool { return !t.seen },
		body: func(t seenTask) rawjson.Raw { return taskBody(t.Task, format) }}.page(c, all)
}

// taskFilter reads which tasks are asked for.
func (c *call) taskFilter() (func(rawjson.Raw) bool, *reply) {
	var tests []func(rawjson.Raw) bool
	status, bad := c.oneOf("status", "complete", "incomplete")
	if bad != nil {
		return nil, bad
	}
	if status != "" {
		tests = append(tests, func(body rawjson.Raw) bool { return at(body, "status") == status })
	}
	for name, member := range map[string]string{"task-id": "id", "page-id": "pageId", "blogpost-id": "blogPostId"} {
		if _, bad := c.wikiIDs(name, 250); bad != nil {
			return nil, bad
		}
		if wanted := splitList(c.query[name]...); len(wanted) > 0 {
			tests = append(tests, func(body rawjson.Raw) bool { return slices.Contains(wanted, at(body, member)) })
		}
	}
	for name, member := range map[string]string{"created-by": "createdBy", "assigned-to": "assignedTo", "completed-by": "completedBy"} {
		if wanted := splitList(c.query[name]...); len(wanted) > 0 {
			tests = append(tests, func(body rawjson.Raw) bool { return slices.Contains(wanted, at(body, member)) })
		}
	}
	for name, member := range map[string]string{"created-at": "createdAt", "due-at": "dueAt", "completed-at": "completedAt"} {
		from, bad1 := c.wikiInt(name+"-from", -1, 0, 1<<62)
		to, bad2 := c.wikiInt(name+"-to", -1, 0, 1<<62)
		if bad := cmp.Or(bad1, bad2); bad != nil {
			return nil, bad
		}
		if from < 0 && to < 0 {
			continue
		}
		tests = append(tests, func(body rawjson.Raw) bool {
			t, err := time.Parse(time.RFC3339, at(body, member))
			return err == nil && (from < 0 || t.UnixMilli() >= from) && (to < 0 || t.UnixMilli() <= to)
		})
	}
	return func(body rawjson.Raw) bool {
		return !slices.ContainsFunc(tests, func(test func(rawjson.Raw) bool) bool { return !test(body) })
	}, nil
}

func getTask(c *call) reply {
	id, bad1 := c.pathID("id")
	format, bad2 := c.oneOf("body-format", listFormats...)
	if bad := cmp.Or(bad1, bad2); bad != nil {
		return *bad
	}
	for i := range c.site.wiki.src.Spaces() {
		for _, t := range c.site.wiki.src.Tasks(i) {
			if t.ID != id {
				continue
			}
			if _, seen := c.site.wiki.node(t.Node, c.adminKey()); seen {
				return wikiOK(taskBody(t, format))
			}
		}
	}
	return wikiAbsent()
}
