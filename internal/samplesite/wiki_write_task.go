package samplesite

import (
	"net/http"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// taskWriteRoutes serves changing the status of a task.
func taskWriteRoutes() []route {
	return []route{{method: http.MethodPut, template: WikiV2 + "/tasks/{id}", scopes: []string{"write:task:confluence"}, answer: putTask}}
}

// putTask completes a task or opens it again, in the text that it stands in.
func putTask(c *call) reply {
	id, bad1 := c.pathID("id")
	if bad1 != nil {
		return *bad1
	}
	format, bad2 := c.oneOf("body-format", listFormats...)
	if bad2 != nil {
		return *bad2
	}
	var in struct {
		ID          string      `json:"id"`
		LocalID     string      `json:"localId"`
		SpaceID     string      `json:"spaceId"`
		PageID      string      `json:"pageId"`
		BlogPostID  string      `json:"blogPostId"`
		Status      string      `json:"status"`
		Body        rawjson.Raw `json:"body"`
		CreatedBy   string      `json:"createdBy"`
		AssignedTo  string      `json:"assignedTo"`
		CompletedBy string      `json:"completedBy"`
		CreatedAt   string      `json:"createdAt"`
		UpdatedAt   string      `json:"updatedAt"`
		DueAt       string      `json:"dueAt"`
		CompletedAt string      `json:"completedAt"`
	}
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	if in.Status != "complete" && in.Status != "incomplete" {
		return *wikiInvalid("Provided value {%s} for 'status' is not one of complete, incomplete", in.Status)
	}
	for i := range c.site.wiki.src.Spaces() {
		for _, t := range c.site.wiki.src.Tasks(i) {
			n, seen := c.site.wiki.node(t.Node, c.adminKey())
			if t.ID != id || !seen {
				continue
			}
			of := c.site.own(n)
			last := &of.History[len(of.History)-1]
			last.Storage, last.ADF = content.SetTask(last.Storage, at(t.Body, "localId"), in.Status), ""
			c.retask(of)
			c.site.wiki.save(of)
			for _, now := range of.Tasks {
				if now.ID == id {
					return wikiOK(taskBody(now, format))
				}
			}
		}
	}
	return wikiAbsent()
}
