package confluence

import (
	"slices"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

// The names of kinds that are more than rows.
const (
	spaceKind             = "space"
	pageKind              = "page"
	blogKind              = "blogpost"
	adfKind               = "adf"
	userKind              = "user"
	adminKeyKind          = "adminKey"
	customContentKind     = "customContent"
	contentVersionKind    = "contentVersion"
	attachmentVersionKind = "attachmentVersion"
	restrictedPageKind    = "restrictedPage"
)

// rows is the table, parents before children. The next kind of data is a row of one
// of its parts.
func rows(o Options) []kinds.Row {
	return slices.Concat(siteRows(), spaceRows(o), itemRows(o), withoutData())
}

// The permissions and token scopes that rows need, as Atlassian's documents name
// them.
const (
	canUse     = "Can use"
	viewSpace  = "View of the space"
	adminSpace = "Admin of the space"
	keyHolder  = "organization or site admin of a Premium or Enterprise site"

	readSpace         = "read:space:confluence"
	readPage          = "read:page:confluence"
	readComment       = "read:comment:confluence"
	readAttachment    = "read:attachment:confluence"
	readPermission    = "read:space.permission:confluence"
	readConfiguration = "read:configuration:confluence"
	readUser          = "read:user:confluence"
	readTask          = "read:task:confluence"
	readCustom        = "read:custom-content:confluence"
	readGroups        = "read:confluence-groups"
	readSummary       = "read:confluence-content.summary"
	readAll           = "read:confluence-content.all"
	readSpaceSummary  = "read:confluence-space.summary"
	manage            = "manage:confluence-configuration"
)

// row begins the row of a kind of the site.
func row(name, title, pager, route string) kinds.Row {
	r := kinds.Row{Kind: atlassian.Kind{Name: name, Title: title, Scope: atlassian.ScopeSite, Route: "GET " + route, Pager: pager}}
	if pager == kinds.Cursor || pager == kinds.V1 {
		r.Items = "results"
	}
	if pager == kinds.Cursor {
		r.PageSize = pageLimit
	}
	return r
}

// ofSpace begins the row of a kind of a space.
func ofSpace(name, title, pager, route string) kinds.Row {
	r := row(name, title, pager, route).Needs(viewSpace, readSpace)
	r.Scope, r.Parent = atlassian.ScopeContainer, spaceKind
	return r
}

// ofItem begins the row of a kind of a page, and of what belongs to one.
func ofItem(name, title, pager, route string) kinds.Row {
	r := row(name, title, pager, route).Needs("View of the page and its space", readPage)
	r.Scope, r.Parent, r.Content = atlassian.ScopeItem, pageKind, true
	return r
}

// apart makes the row one that the product reads by means of its own.
func apart(r kinds.Row) kinds.Row {
	r.Apart = true
	return r
}

// counts makes the row one of which a loss makes a backup INCOMPLETE.
func counts(r kinds.Row) kinds.Row {
	r.Content = true
	return r
}

// keyed makes the row one that is asked for by the space's key.
func keyed(r kinds.Row) kinds.Row {
	r.OwnerKey = true
	return r
}

// none says by which status the site says that there is none of the kind.
func none(r kinds.Row, status int) kinds.Row {
	r.None = status
	return r
}

// withoutData are rows of the report alone: what a site has and a backup does not.
func withoutData() []kinds.Row {
	none := kinds.Without
	const (
		yet   = "this version of holdfast does not read them"
		site  = atlassian.ScopeSite
		space = atlassian.ScopeContainer
		item  = atlassian.ScopeItem
	)
	return []kinds.Row{
		none("whiteboardBody", "what is drawn on whiteboards", kinds.NotExposed, space, "the API gives the description of a whiteboard alone; export it by hand"),
		none("databaseBody", "entries of databases", kinds.NotExposed, space, "the API gives the description of a database alone; export it by hand"),
		none("unpublishedChange", "unpublished changes to published pages", kinds.NotCaptured, item, yet),
		none("attachmentComment", "comments of attachments", kinds.NotCaptured, item, yet),
		none("attachmentLabel", "labels of attachments", kinds.NotCaptured, item, yet),
		none("attachmentProperty", "properties of attachments", kinds.NotCaptured, item, yet),
		none("commentProperty", "properties of comments", kinds.NotCaptured, item, yet),
		none("commentLike", "likes of comments", kinds.NotCaptured, item, yet),
		none("contentWatcher", "watchers of pages", kinds.NotCaptured, item, yet),
		none("auditRecord", "audit log", kinds.NotCaptured, site, yet),
		none("automationRule", "automation rules", kinds.NotCaptured, site, yet),
		none("analytics", "views of pages", kinds.NotExposed, item, "the API counts them and lists none"),
		none("appData", "data that Marketplace apps keep on their own servers", kinds.NotExposed, site, "ask the makers of the apps"),
	}
}
