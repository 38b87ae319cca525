package samplesite_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
)

// kindOfData is how a kind is read, written down from Atlassian's documents
// without the site's own table.
type kindOfData struct {
	name   string
	parent string // "" of the site, "project", or a kind
	pager  string // one, array, list, startAt, arrayPages, cursor, tokens, keys, start, rules
	path   string // {0}, {1}: the owners; {project}
	items  string // of pager list
	id     string // members, joined with "/"
	max    int    // of a page
}

var kindsOfData = []kindOfData{
	{"configuration", "", "one", "/rest/api/3/configuration", "", "", 0},
	{"customField", "", "startAt", "/rest/api/3/field/search?type=custom&expand=key,stableId,lastUsed,screensCount,contextsCount,isLocked,searcherKey", "", "id", 100},
	{"fieldContext", "customField", "startAt", "/rest/api/3/field/{0}/context", "", "id", 100},
	{"fieldDefault", "customField", "startAt", "/rest/api/3/field/{0}/context/defaultValues", "", "contextId", 100},
	{"fieldContextIssueType", "customField", "startAt", "/rest/api/3/field/{0}/context/issuetypemapping", "", "contextId/issueTypeId", 100},
	{"fieldContextProject", "customField", "startAt", "/rest/api/3/field/{0}/context/projectmapping", "", "contextId/projectId", 100},
	{"fieldOption", "fieldContext", "startAt", "/rest/api/3/field/{0}/context/{1}/option", "", "id", 100},
	{"trashedField", "", "startAt", "/rest/api/3/field/search/trashed", "", "id", 100},
	{"issueType", "", "array", "/rest/api/3/issuetype", "", "id", 0},
	{"issueTypeScheme", "", "startAt", "/rest/api/3/issuetypescheme?expand=projects,issueTypes", "", "id", 100},
	{"issueTypeSchemeMapping", "", "startAt", "/rest/api/3/issuetypescheme/mapping", "", "issueTypeSchemeId/issueTypeId", 100},
	{"status", "", "startAt", "/rest/api/3/statuses/search", "", "id", 200},
	{"workflow", "", "startAt", "/rest/api/3/workflows/search?expand=values.transitions", "", "id", 100},
	{"workflowScheme", "", "startAt", "/rest/api/3/workflowscheme", "", "id", 50},
	{"screen", "", "startAt", "/rest/api/3/screens", "", "id", 100},
	{"screenTab", "screen", "array", "/rest/api/3/screens/{0}/tabs", "", "id", 0},
	{"screenTabField", "screenTab", "array", "/rest/api/3/screens/{0}/tabs/{1}/fields", "", "id", 0},
	{"screenScheme", "", "startAt", "/rest/api/3/screenscheme?expand=issueTypeScreenSchemes", "", "id", 100},
	{"issueTypeScreenScheme", "", "startAt", "/rest/api/3/issuetypescreenscheme?expand=projects", "", "id", 100},
	{"issueTypeScreenSchemeMapping", "", "startAt", "/rest/api/3/issuetypescreenscheme/mapping", "", "issueTypeScreenSchemeId/issueTypeId", 100},
	{"fieldScheme", "", "startAt", "/rest/api/3/config/fieldschemes", "", "id", 100},
	{"fieldSchemeField", "fieldScheme", "startAt", "/rest/api/3/config/fieldschemes/{0}/fields", "", "fieldId", 100},
	{"priority", "", "startAt", "/rest/api/3/priority/search", "", "id", 50},
	{"priorityScheme", "", "startAt", "/rest/api/3/priorityscheme", "", "id", 50},
	{"prioritySchemePriority", "priorityScheme", "startAt", "/rest/api/3/priorityscheme/{0}/priorities", "", "id", 50},
	{"prioritySchemeProject", "priorityScheme", "startAt", "/rest/api/3/priorityscheme/{0}/projects", "", "id", 50},
	{"resolution", "", "startAt", "/rest/api/3/resolution/search", "", "id", 50},
	{"issueLinkType", "", "list", "/rest/api/3/issueLinkType", "issueLinkTypes", "id", 0},
	{"permissionScheme", "", "list", "/rest/api/3/permissionscheme?expand=all", "permissionSchemes", "id", 0},
	{"notificationScheme", "", "startAt", "/rest/api/3/notificationscheme?expand=all", "", "id", 50},
	{"notificationSchemeProject", "", "startAt", "/rest/api/3/notificationscheme/project", "", "notificationSchemeId/projectId", 50},
	{"securityScheme", "", "startAt", "/rest/api/3/issuesecurityschemes/search", "", "id", 50},
	{"securityLevel", "", "startAt", "/rest/api/3/issuesecurityschemes/level", "", "id", 50},
	{"securityLevelMember", "", "startAt", "/rest/api/3/issuesecurityschemes/level/member?expand=all", "", "id", 50},
	{"securitySchemeProject", "", "startAt", "/rest/api/3/issuesecurityschemes/project", "", "issueSecuritySchemeId/projectId", 50},
	{"role", "", "array", "/rest/api/3/role", "", "id", 0},
	{"projectCategory", "", "array", "/rest/api/3/projectCategory", "", "id", 0},
	{"account", "", "arrayPages", "/rest/api/3/users/search", "", "accountId", 1000},
	{"group", "", "startAt", "/rest/api/3/group/bulk", "", "groupId", 50},
	{"groupMember", "group", "startAt", "/rest/api/3/group/member?groupId={0}&includeInactiveUsers=true", "", "accountId", 50},
	{"filter", "", "startAt", "/rest/api/3/filter/search?expand=description,favouritedCount,jql,owner,sharePermissions,editPermissions,approximateLastUsed,subscriptions,viewUrl&overrideSharePermissions=true&orderBy=id", "", "id", 100},
	{"dashboard", "", "startAt", "/rest/api/3/dashboard/search?expand=description,owner,sharePermissions,editPermissions&orderBy=id", "", "id", 100},
	{"dashboardGadget", "dashboard", "list", "/rest/api/3/dashboard/{0}/gadget", "gadgets", "id", 0},
	{"dashboardItemProperty", "dashboardGadget", "keys", "/rest/api/3/dashboard/{0}/items/{1}/properties", "", "", 0},
	{"board", "", "startAt", "/rest/agile/1.0/board?projectTypeLocation=software,service_desk", "", "id", 50},
	{"boardConfiguration", "board", "one", "/rest/agile/1.0/board/{0}/configuration", "", "id", 0},
	{"quickFilter", "board", "startAt", "/rest/agile/1.0/board/{0}/quickfilter", "", "id", 50},
	{"boardFeature", "board", "list", "/rest/agile/1.0/board/{0}/features", "features", "boardFeature", 0},
	{"boardProperty", "board", "keys", "/rest/agile/1.0/board/{0}/properties", "", "", 0},
	{"sprint", "board", "startAt", "/rest/agile/1.0/board/{0}/sprint", "", "id", 50},
	{"sprintIssue", "sprint", "tokens", "/rest/software/1.0/sprint/{1}/issue?fields=id&maxResults=5000", "issues", "id", 5000},
	{"backlogIssue", "board", "tokens", "/rest/software/1.0/board/{0}/backlog?fields=id&maxResults=5000", "issues", "id", 5000},
	{"plan", "", "cursor", "/rest/api/3/plans/plan?includeTrashed=true&includeArchived=true", "", "id", 50},
	{"planDetail", "plan", "one", "/rest/api/3/plans/plan/{0}", "", "id", 0},
	{"planTeam", "plan", "cursor", "/rest/api/3/plans/plan/{0}/team", "", "id", 50},
	{"automationRuleSummary", "", "rules", "/gateway/api/automation/public/jira/{cloudid}/rest/v1/rule/summary", "", "uuid", 100},
	{"automationRule", "automationRuleSummary", "one", "/gateway/api/automation/public/jira/{cloudid}/rest/v1/rule/{0}", "", "rule.uuid", 0},
	{"archivedProject", "", "startAt", "/rest/api/3/project/search?status=archived&expand=description,lead,issueTypes,url,projectKeys,insight", "", "id", 100},
	{"trashedProject", "", "startAt", "/rest/api/3/project/search?status=deleted&expand=description,lead,issueTypes,url,projectKeys,insight", "", "id", 100},
	{"projectRoleRef", "project", "array", "/rest/api/3/project/{0}/roledetails", "", "id", 0},
	{"projectRole", "projectRoleRef", "one", "/rest/api/3/project/{0}/role/{1}", "", "id", 0},
	{"projectProperty", "project", "keys", "/rest/api/3/project/{0}/properties", "", "", 0},
	{"projectFeature", "project", "list", "/rest/api/3/project/{0}/features", "features", "feature", 0},
	{"projectEmail", "project", "one", "/rest/api/3/project/{0}/email", "", "", 0},
	{"projectWorkflowScheme", "project", "list", "/rest/api/3/workflowscheme/project?projectId={0}", "values", "workflowScheme.id", 0},
	{"projectIssueTypeScheme", "project", "startAt", "/rest/api/3/issuetypescheme/project?projectId={0}", "", "issueTypeScheme.id", 100},
	{"projectScreenScheme", "project", "startAt", "/rest/api/3/issuetypescreenscheme/project?projectId={0}", "", "issueTypeScreenScheme.id", 100},
	{"projectFieldScheme", "project", "startAt", "/rest/api/3/config/fieldschemes/projects?projectId={0}", "", "schemeId", 100},
	{"projectPermissionScheme", "project", "one", "/rest/api/3/project/{0}/permissionscheme?expand=all", "", "id", 0},
	{"customer", "project", "start", "/rest/servicedeskapi/servicedesk/projectId:{0}/customer", "", "accountId", 50},
}

// entryRead is an entry as it was read.
type entryRead struct {
	kind, parent, id, project, body string
	owners                          []string
}

// reader reads kinds over HTTP as a backup would.
type reader struct {
	*client
	site   *samplesite.Site
	read   map[string][]entryRead
	paged  map[string]bool // kinds of which a page past the first was read
	denied map[string]int  // kinds that were refused, and how
	small  bool            // ask for pages of 7
}

func newReader(c *client, site *samplesite.Site) *reader {
	return &reader{client: c, site: site, read: map[string][]entryRead{}, paged: map[string]bool{}, denied: map[string]int{}}
}

// all reads every kind.
func (r *reader) all() {
	desks := map[string]bool{}
	for p := range r.site.Truth().Projects() {
		desks[p.Key] = p.Type == "service_desk"
		if !p.Forbidden {
			id := strconv.FormatInt(p.ID, 10)
			r.read["project"] = append(r.read["project"], entryRead{kind: "project", id: id, project: p.Key, owners: []string{id}})
		}
	}
	for _, k := range kindsOfData {
		owners := []entryRead{{}}
		if k.parent != "" {
			owners = r.read[k.parent]
		}
		seen := map[string]bool{}
		for _, o := range owners {
			if k.name == "customer" && !desks[o.project] {
				continue
			}
			for id, body := range r.list(k, o.owners) {
				if k.name == "sprint" && seen[id] {
					continue // under the first board that lists it
				}
				seen[id] = true
				r.read[k.name] = append(r.read[k.name], entryRead{k.name, o.id, id, o.project, body, append(o.owners[:len(o.owners):len(o.owners)], id)})
			}
		}
	}
}

// list yields the entries of one owner, over all pages.
func (r *reader) list(k kindOfData, owners []string) func(func(id, body string) bool) {
	return func(yield func(id, body string) bool) {
		path := strings.ReplaceAll(k.path, "{cloudid}", r.site.CloudID())
		for i, o := range owners {
			path = strings.ReplaceAll(path, "{"+strconv.Itoa(i)+"}", url.PathEscape(o))
		}
		for at, next, page := 0, "", 0; ; page++ {
			a := r.get(r.page(k, path, at, next), func(q *http.Request) {
				if k.pager == "start" {
					q.Header.Set("X-ExperimentalApi", "opt-in")
				}
			})
			if a.status != http.StatusOK {
				require.Zero(r.t, page, "%s: %s", path, a.body)
				if a.status != http.StatusBadRequest { // boards without sprints, fields without options
					r.denied[k.name] = a.status
				}
				return
			}
			items, more := r.entries(k, a, &at, &next)
			for _, body := range items {
				id := idOf(r.t, k, body)
				if id == "" {
					id = append([]string{k.name}, owners...)[len(owners)]
				}
				if k.name == "projectWorkflowScheme" && !strings.Contains(string(body), `"id":`) {
					id = "default"
				}
				if !yield(id, string(body)) {
					return
				}
			}
			if !more {
				return
			}
			if len(items) > 0 || k.pager != "arrayPages" {
				r.paged[k.name] = r.paged[k.name] || page > 0 || k.pager != "arrayPages"
			}
		}
	}
}
