package samplesite

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

func tenantInfo(c *call) reply { return ok(rawjson.Object("cloudId", c.site.cloudID)) }

func serverInfo(c *call) reply {
	return ok(rawjson.Object("baseUrl", c.site.URL(), "displayUrl", c.site.URL(), "version", "1001.0.0-SNAPSHOT", "versionNumbers",
		rawjson.Raw("[1001,0,0]"), "deploymentType", "Cloud", "buildNumber", 100279, "buildDate", "2024-11-20T10:05:11.000+0000",
		"serverTime", c.site.cfg.Now().In(c.site.zone).Format(content.TimeLayout), "scmInfo", "0000000000000000000000000000000000000000",
		"serverTitle", "Sample site", "serverTimeZone", "Etc/UTC"))
}

func myself(c *call) reply {
	if !c.known {
		return mustLogIn()
	}
	people := c.site.src.People()
	if len(people) == 0 {
		return mustLogIn()
	}
	me := people[0]
	return ok(rawjson.Object("self", content.Base+"/rest/api/3/user?accountId="+me.AccountID, "accountId", me.AccountID, "accountType", "atlassian",
		"emailAddress", c.site.Email(), "avatarUrls", rawjson.Raw("{}"), "displayName", me.Name, "active", true,
		"timeZone", c.site.zone.String(), "locale", "en_US",
		"groups", rawjson.Object("size", 3, "items", rawjson.Raw("[]")), "applicationRoles", rawjson.Object("size", 1, "items", rawjson.Raw("[]")),
		"expand", "groups,applicationRoles"))
}

// Permissions that the site knows.
var (
	globalPermissions  = []string{"ADMINISTER", "SYSTEM_ADMIN", "USER_PICKER", "BULK_CHANGE", "CREATE_SHARED_OBJECTS", "MANAGE_GROUP_FILTER_SUBSCRIPTIONS"}
	projectPermissions = []string{"BROWSE_PROJECTS", "ADMINISTER_PROJECTS", "VIEW_VOTERS_AND_WATCHERS", "CREATE_ISSUES", "EDIT_ISSUES", "ADD_COMMENTS", "WORK_ON_ISSUES", "CREATE_ATTACHMENTS", "VIEW_READONLY_WORKFLOW", "SET_ISSUE_SECURITY",
		"DELETE_ISSUES", "TRANSITION_ISSUES", "LINK_ISSUES", "ASSIGN_ISSUES", "MODIFY_REPORTER", "SCHEDULE_ISSUES", "MANAGE_WATCHERS", "MANAGE_SPRINTS_PERMISSION"}
)

// holdsGlobal reports whether the account has a global permission.
func (c *call) holdsGlobal(permission string) bool {
	c.site.world.mu.RLock()
	defer c.site.world.mu.RUnlock()
	if permission == "USER_PICKER" && c.site.world.lacks.BrowseUsers { // as Browse users and groups is called
		return false
	}
	if c.site.world.withdrawn[permission] || permission == "SYSTEM_ADMIN" || permission == "ADMINISTER" && c.site.world.lacksAdmin {
		return false
	}
	return c.known && slices.Contains(globalPermissions, permission)
}

// withdrawn reports whether a permission was taken from the account everywhere.
func (c *call) withdrawn(permission string) bool {
	c.site.world.mu.RLock()
	defer c.site.world.mu.RUnlock()
	return c.site.world.withdrawn[permission]
}

func myPermissions(c *call) reply {
	asked := splitList(c.query["permissions"]...)
	if len(asked) == 0 {
		return refuse(http.StatusBadRequest, "The permissions query parameter is required.")
	}
	project, everywhere := -1, true
	if key := c.query.Get("projectKey") + c.query.Get("projectId"); key != "" {
		i, found := c.site.world.project(key)
		if !found || !c.known {
			return noProject(key)
		}
		project, everywhere = i, false
	}
	if issue := c.query.Get("issueKey") + c.query.Get("issueId"); issue != "" {
		row, found := c.site.world.find(issue)
		if !found || !c.known {
			return noIssue()
		}
		project, everywhere = row.Project, false
	}
	members := []rawjson.Member{}
	for i, key := range asked {
		kind, has := "GLOBAL", c.holdsGlobal(key)
		switch {
		case slices.Contains(projectPermissions, key):
			kind = "PROJECT"
			has = c.known && (everywhere || c.browses(project)) && !c.withdrawn(key)
		case !slices.Contains(globalPermissions, key):
			return refuse(http.StatusBadRequest, "The permission(s) \""+key+"\" is invalid.")
		}
		members = append(members, rawjson.Member{Name: key, Value: rawjson.Object("id", strconv.Itoa(i), "key", key,
			"name", strings.ToLower(strings.ReplaceAll(key, "_", " ")), "type", kind, "description", "", "havePermission", has)})
	}
	return ok(rawjson.Object("permissions", members))
}

// browses reports whether the account sees a project's issues.
func (c *call) browses(project int) bool {
	w := c.site.world
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.listed(project) && !w.noBrowse[project]
}

// maxChecked is how many projects and how many issues one permission check takes.
const maxChecked = 1000

func checkPermissions(c *call) reply {
	if p := c.payload(); p != nil {
		return *p
	}
	var in struct {
		AccountID string   `json:"accountId"`
		Global    []string `json:"globalPermissions"`
		Project   []struct {
			Permissions []string `json:"permissions"`
			Projects    []int64  `json:"projects"`
			Issues      []int64  `json:"issues"`
		} `json:"projectPermissions"`
	}
	if err := json.Unmarshal(c.body, &in); err != nil {
		return refusePayload(payloadMessage)
	}
	global, grants := []string{}, []rawjson.Raw{}
	for _, p := range in.Global {
		if !slices.Contains(globalPermissions, p) {
			return refuse(http.StatusBadRequest, "Unrecognized permission(s): "+p)
		}
		if c.holdsGlobal(p) {
			global = append(global, p)
		}
	}
	for _, want := range in.Project {
		if len(want.Projects) > maxChecked || len(want.Issues) > maxChecked {
			return refuse(http.StatusBadRequest, "A maximum of 1000 projects and 1000 issues can be checked at once.")
		}
		for _, permission := range want.Permissions {
			if !slices.Contains(projectPermissions, permission) {
				return refuse(http.StatusBadRequest, "Unrecognized permission(s): "+permission)
			}
			projects, issues := []rawjson.Raw{}, []rawjson.Raw{}
			for _, id := range want.Projects {
				if i, found := c.site.world.project(strconv.FormatInt(id, 10)); found && c.known && c.browses(i) && !c.withdrawn(permission) {
					projects = append(projects, rawjson.Raw(strconv.FormatInt(id, 10)))
				}
			}
			for _, id := range want.Issues {
				if _, found := c.site.world.find(strconv.FormatInt(id, 10)); found && c.known && !c.withdrawn(permission) {
					issues = append(issues, rawjson.Raw(strconv.FormatInt(id, 10)))
				}
			}
			grants = append(grants, rawjson.Object("permission", permission, "issues", issues, "projects", projects))
		}
	}
	return ok(rawjson.Object("projectPermissions", grants, "globalPermissions", global))
}

// listFields answers anonymous requests with the system fields only.
func listFields(c *call) reply {
	all := c.site.src.Fields()
	if c.known {
		return ok(rawjson.Array(all))
	}
	some := []rawjson.Raw{}
	for _, f := range all {
		if strings.Contains(string(f), `"custom":false`) {
			some = append(some, f)
		}
	}
	return ok(rawjson.Array(some))
}
