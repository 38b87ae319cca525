package samplesite

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// boardWrites is what makes boards and sets their properties.
func boardWrites() []write {
	one := agile + "/board/{boardId}"
	return append([]write{
		{method: http.MethodPost, template: agile + "/board", scopes: []string{writeBoard}, answer: createBoard},
		{method: http.MethodDelete, template: one, scopes: []string{writeBoard}, answer: deleteBoard},
	}, keyedWrites(one+"/properties", []string{writeBoardAdmin}, "boardProperty", boardID)...)
}

// boardReads is what those who write ask of boards.
func boardReads() []route {
	return []route{{method: http.MethodGet, template: agile + "/board/{boardId}", scopes: []string{readBoards, "read:issue-details:jira"}, answer: getBoard}}
}

// softwareUser refuses strangers, and everybody where the site has no Jira Software.
func (c *call) softwareUser() *reply {
	if !c.known {
		p := mustLogIn()
		return &p
	}
	return c.noSoftware()
}

// boardAsked finds the board that the path names.
func (c *call) boardAsked() (content.Entry, *reply) {
	if bad := c.softwareUser(); bad != nil {
		return content.Entry{}, bad
	}
	id := c.params["boardId"]
	if _, err := strconv.ParseInt(id, 10, 64); err != nil {
		return content.Entry{}, refused(http.StatusBadRequest, "The board id '"+id+"' is not a number.")
	}
	e, found := c.site.src.Setup().Find("board", "", id)
	if !found || !c.site.shows(c.site.listings["board"], e, nil) {
		return e, refused(http.StatusNotFound, "The board with the id "+id+" does not exist or you do not have permission to view it.")
	}
	return e, nil
}

func boardID(c *call) (string, *reply) {
	e, bad := c.boardAsked()
	return e.ID, bad
}

func getBoard(c *call) reply {
	e, bad := c.boardAsked()
	if bad != nil {
		return *bad
	}
	return ok(e.Body)
}

// boardInput is what a request says of a board.
type boardInput struct {
	name, kind string
	filter     content.Entry
	project    int // index of the project that it is located in; negative: it is the account's own
}

func (c *call) board() (in boardInput, bad *reply) {
	body, bad := c.object("name", "type", "filterId", "location")
	if bad != nil {
		return in, bad
	}
	name, ok1 := textOf(body["name"])
	kind, ok2 := textOf(body["type"])
	in = boardInput{name: name, kind: kind, project: -1}
	switch {
	case !ok1 || name == "" || len([]rune(name)) >= 255:
		return in, wrong("name", "The board name is required and must be less than 255 characters.")
	case !ok2 || kind != "scrum" && kind != "kanban":
		return in, wrong("type", "The board type must be scrum or kanban.")
	case body["filterId"] == nil:
		return in, wrong("filterId", "The filter id is required.")
	}
	filter, found := c.site.src.Setup().Find("filter", "", string(body["filterId"]))
	if !found || !c.site.shows(c.site.listings["filter"], filter, nil) {
		return in, wrong("filterId", "The filter does not exist or you do not have permission to view it.")
	}
	in.filter = filter
	if body["location"] == nil {
		return in, nil
	}
	var location struct{ Type, ProjectKeyOrID string }
	if err := json.Unmarshal(body["location"], &location); err != nil {
		p := refusePayload(payloadMessage)
		return in, &p
	}
	switch {
	case location.Type == "user" && location.ProjectKeyOrID == "":
	case location.Type == "project":
		if in.project, found = c.site.world.project(location.ProjectKeyOrID); !found {
			return in, wrong("location", "The project does not exist or you do not have permission to view it.")
		}
	default:
		return in, wrong("location", "The location must be a project, with its key or id, or the user.")
	}
	return in, nil
}

// createBoard makes a board of a filter. Without the permission to share it is a private one.
func createBoard(c *call) reply {
	if bad := c.noSoftware(); bad != nil {
		return *bad
	}
	in, bad := c.board()
	if bad != nil {
		return *bad
	}
	id := c.site.layer.NextID()
	owner, private := strconv.FormatInt(id, 10), !c.may("CREATE_SHARED_OBJECTS", -1)
	pairs := []any{"id", id, "self", content.Base + agile + "/board/" + owner, "name", in.name, "type", in.kind, "location", c.site.boardLocation(in.project), "isPrivate", private}
	e := content.Entry{ID: owner, Project: in.project, Body: rawjson.Object(pairs...)}
	layer := c.site.layer
	layer.Put("boardConfiguration", owner, content.Entry{ID: owner, Project: -1, Body: c.site.boardConfiguration(id, in)})
	layer.Begin("quickFilter", owner)
	layer.Begin("boardFeature", owner)
	layer.Begin("boardProperty", owner)
	if in.kind == "scrum" {
		layer.Begin("sprint", owner)
	}
	layer.Put("board", "", e)
	return wrote(http.StatusCreated, e.Body)
}

// boardLocation is where a board is: in a project, or with the account.
func (s *Site) boardLocation(project int) rawjson.Raw {
	if project < 0 {
		me := s.me()
		return rawjson.Object("userAccountId", me.AccountID, "displayName", me.Name, "name", me.Name,
			"avatarURI", content.Base+"/secure/useravatar?size=small", "projectTypeKey", "software")
	}
	p := s.src.Projects()[project]
	shown := p.Name + " (" + p.Key + ")"
	return rawjson.Object("projectId", p.ID, "displayName", shown, "projectName", p.Name, "projectKey", p.Key, "projectTypeKey", p.Type,
		"avatarURI", content.Base+Prefix+"/universal_avatar/view/type/project/avatar/10400?size=small", "name", shown)
}

// boardConfiguration is what a new board begins with: a column for each category of
// statuses. The API has no way to change it.
func (s *Site) boardConfiguration(id int64, in boardInput) rawjson.Raw {
	columns := []rawjson.Raw{}
	for _, column := range []struct{ name, category string }{{"To Do", "TODO"}, {"In Progress", "IN_PROGRESS"}, {"Done", "DONE"}} {
		statuses := []rawjson.Raw{}
		for _, e := range s.src.Setup().List("status", "") {
			if at(e.Body, "statusCategory") == column.category {
				statuses = append(statuses, rawjson.Object("id", e.ID, "self", content.Base+Prefix+"/status/"+e.ID))
			}
		}
		columns = append(columns, rawjson.Object("name", column.name, "statuses", statuses))
	}
	pairs := []any{"id", id, "name", in.name, "type", in.kind, "self", content.Base + agile + "/board/" + strconv.FormatInt(id, 10) + "/configuration"}
	if in.project >= 0 {
		pairs = append(pairs, "location", rawjson.Object("type", "project", "projectKeyOrId", s.src.Projects()[in.project].Key))
	}
	pairs = append(pairs, "filter", rawjson.Object("id", in.filter.ID, "self", content.Base+Prefix+"/filter/"+in.filter.ID),
		"columnConfig", rawjson.Object("columns", columns, "constraintType", "none"), "ranking", rawjson.Object("rankCustomFieldId", s.rankField()))
	if in.kind == "kanban" {
		pairs = append(pairs, "subQuery", rawjson.Object("query", "fixVersion in unreleasedVersions() OR fixVersion is EMPTY"))
	} else {
		pairs = append(pairs, "estimation", rawjson.Object("type", "none"))
	}
	return rawjson.Object(pairs...)
}

// usualRank is the number of the field Rank on sites that were not made otherwise.
const usualRank = 10019

// rankField is the number of the field Rank.
func (s *Site) rankField() int64 {
	for _, f := range s.src.Fields() {
		if at(f, "schema.custom") == "com.pyxis.greenhopper.jira:gh-lexo-rank" {
			if n, err := strconv.ParseInt(at(f, "schema.customId"), 10, 64); err == nil {
				return n
			}
		}
	}
	return usualRank
}

func deleteBoard(c *call) reply {
	e, bad := c.boardAsked()
	if bad != nil {
		return *bad
	}
	if at(e.Body, "type") == "simple" {
		return refuse(http.StatusForbidden, "Boards of team-managed projects can not be deleted.")
	}
	for _, kind := range []string{"boardConfiguration", "quickFilter", "boardFeature", "boardProperty"} {
		for _, part := range slices.Clone(c.site.src.Setup().List(kind, e.ID)) {
			c.site.layer.Remove(kind, e.ID, part.ID)
		}
	}
	c.site.layer.Remove("board", "", e.ID)
	return wrote(http.StatusNoContent, nil)
}
