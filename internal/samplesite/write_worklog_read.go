package samplesite

import (
	"net/http"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// worklogReads is what those who write ask of worklogs.
func worklogReads() []route {
	scopes, all := []string{readWork}, Prefix+"/issue/{issueIdOrKey}/worklog"
	return []route{
		{method: http.MethodGet, template: all + "/{id}", scopes: scopes, answer: getWorklog},
		{method: http.MethodPost, template: Prefix + "/worklog/list", scopes: scopes, answer: worklogsByID},
		{method: http.MethodGet, template: all + "/{worklogId}/properties", scopes: scopes, answer: worklogProperties},
		{method: http.MethodGet, template: all + "/{worklogId}/properties/{propertyKey}", scopes: scopes, answer: worklogProperty},
	}
}

// shownWorklog is a worklog with its properties, where they are asked for.
func (c *call) shownWorklog(item content.Item) rawjson.Raw {
	if slices.Contains(splitList(c.query["expand"]...), "properties") {
		return besideProperties(item.Body, c.site.parts.Properties("worklog", item.ID))
	}
	return item.Body
}

// worklogAsked finds the worklog that the path names below its issue.
func (c *call) worklogAsked(id string) (content.Row, content.Item, *reply) {
	row, found := c.issueRow()
	if !found {
		p := noIssue()
		return row, content.Item{}, &p
	}
	item, found := partByID(c.site.src.Issue(row).Worklogs(), id)
	if !found {
		return row, item, refused(http.StatusNotFound, "Cannot find worklog with id: '"+id+"'.")
	}
	return row, item, nil
}

func getWorklog(c *call) reply {
	_, item, bad := c.worklogAsked(c.params["id"])
	if bad != nil {
		return *bad
	}
	return ok(c.shownWorklog(item))
}

func worklogsByID(c *call) reply {
	if !c.known {
		return mustLogIn()
	}
	ids, bad := c.idsAsked()
	if bad != nil {
		return *bad
	}
	found := []rawjson.Raw{}
	for _, id := range ids {
		row, visible := c.site.world.find(strconv.FormatInt(c.site.parts.IssueOf("worklog", id), 10))
		if !visible {
			continue
		}
		if item, there := partByID(c.site.src.Issue(row).Worklogs(), id); there {
			found = append(found, c.shownWorklog(item))
		}
	}
	return ok(rawjson.Array(found))
}

// ofWorklog answers a request for the properties of the worklog that the path names.
func (c *call) ofWorklog(answer func(id string, properties []rawjson.Member) reply) reply {
	id := c.params["worklogId"]
	if _, err := strconv.ParseInt(id, 10, 64); err != nil {
		return refuse(http.StatusBadRequest, "The worklog id '"+id+"' is not a number.")
	}
	if _, _, bad := c.worklogAsked(id); bad != nil {
		return *bad
	}
	return answer(id, c.site.parts.Properties("worklog", id))
}

func worklogProperties(c *call) reply {
	return c.ofWorklog(func(_ string, p []rawjson.Member) reply { return c.propertyKeys(p) })
}

func worklogProperty(c *call) reply {
	return c.ofWorklog(func(_ string, p []rawjson.Member) reply { return c.oneProperty(p) })
}

func setWorklogProperty(c *call) reply {
	return c.ofWorklog(func(id string, _ []rawjson.Member) reply { return c.setPart("worklog", id) })
}

func deleteWorklogProperty(c *call) reply {
	return c.ofWorklog(func(id string, _ []rawjson.Member) reply { return c.dropPart("worklog", id) })
}
