package content

import (
	"html"
	"regexp"
	"slices"

	"holdfast/internal/samplesite/rawjson"
)

// The parts of a task in storage format.
var (
	taskElement  = regexp.MustCompile(`(?s)<ac:task>.*?</ac:task>`)
	taskID       = regexp.MustCompile(`<ac:task-id>(.*?)</ac:task-id>`)
	taskStatus   = regexp.MustCompile(`<ac:task-status>(.*?)</ac:task-status>`)
	taskText     = regexp.MustCompile(`(?s)<ac:task-body>(?:<span class="placeholder-inline-tasks">)?(.*?)(?:</span>)?</ac:task-body>`)
	taskAssignee = regexp.MustCompile(`<ri:user ri:account-id="([^"]*)"`)
	taskDue      = regexp.MustCompile(`<time datetime="([^"]*)"`)
)

// TasksOf finds the tasks in the newest text of a node, as lists show them. One that
// was there before, by its number in the text, keeps its id.
func TasksOf(n *Written, space, by string, now int64, nextID func() int64) []Task {
	if len(n.History) == 0 || !slices.Contains(list("current|archived"), n.Node.Status) {
		return nil
	}
	var out []Task
	pageID, blogID := idText(n.Node.ID), ""
	if n.Node.Type == BlogType {
		pageID, blogID = "", pageID
	}
	for _, text := range taskElement.FindAllString(n.History[len(n.History)-1].Storage, -1) {
		local, words := html.UnescapeString(group(taskID, text)), group(taskText, text)
		status, done, at := "incomplete", "", ""
		if group(taskStatus, text) == "complete" {
			status, done, at = "complete", by, FormatWikiTime(now)
		}
		due := group(taskDue, words)
		if due != "" {
			due += "T00:00:00.000Z"
		}
		id, created, author := int64(0), FormatWikiTime(now), by
		if i := slices.IndexFunc(n.Tasks, func(t Task) bool { return member(t.Body, "localId") == local }); i >= 0 {
			old := n.Tasks[i]
			id, created, author = old.ID, member(old.Body, "createdAt"), member(old.Body, "createdBy")
			if member(old.Body, "status") == status {
				done, at = member(old.Body, "completedBy"), member(old.Body, "completedAt")
			}
		}
		if id == 0 {
			id = nextID()
		}
		out = append(out, Task{ID: id, Node: n.Node.ID, Body: rawjson.Members(compact("id", idText(id), "localId", local, "spaceId", space, "pageId", pageID, "blogPostId", blogID,
			"status", status, "body", rawjson.Object("storage", bodyOf(StorageFormat, words)), "createdBy", author, "assignedTo", html.UnescapeString(group(taskAssignee, words)), "completedBy", done,
			"createdAt", created, "updatedAt", FormatWikiTime(now), "dueAt", due, "completedAt", at))})
	}
	return out
}

// group is the first group of what an expression finds, "" where it finds nothing.
func group(e *regexp.Regexp, text string) string {
	if m := e.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// SetTask gives a task another status in the text that it stands in.
func SetTask(storage, local, status string) string {
	return taskElement.ReplaceAllStringFunc(storage, func(text string) string {
		if html.UnescapeString(group(taskID, text)) != local {
			return text
		}
		return taskStatus.ReplaceAllLiteralString(text, "<ac:task-status>"+status+"</ac:task-status>")
	})
}
