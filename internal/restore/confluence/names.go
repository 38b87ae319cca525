package confluence

// Where the routes of the two APIs begin, as in Atlassian's OpenAPI documents.
const (
	v2 = "/wiki/api/v2"
	v1 = "/wiki/rest/api"
)

// The kinds of records of a backup that are more than rows of its table.
const (
	spaceKind      = "space"
	pageKind       = "page"
	blogKind       = "blogpost"
	folderKind     = "folder"
	whiteboardKind = "whiteboard"
	databaseKind   = "database"
	embedKind      = "embed"
	taskKind       = "task"
	customKind     = "customContent"
	attachmentKind = "attachment"
	olderFileKind  = "attachmentVersion"
	footerKind     = "footerComment"
	footerReply    = "footerReply"
	inlineKind     = "inlineComment"
	inlineReply    = "inlineReply"
	userKind       = "user"
	groupKind      = "group"
	roleKind       = "spaceRole"
	levelKind      = "classificationLevel"
	propertyKind   = "contentProperty"
	versionKind    = "contentVersion"
	remarkVersion  = "commentVersion"
	restrictKind   = "restriction"
	labelKind      = "label"
	templateKind   = "spaceTemplate"

	siteTemplateKind  = "template"
	spaceLabelKind    = "spaceLabel"
	spacePropertyKind = "spaceProperty"
	permissionKind    = "spacePermissionAssignment"
	assignmentKind    = "spaceRoleAssignment"
	watcherKind       = "spaceWatcher"
	themeKind         = "spaceTheme"
	settingsKind      = "spaceSettings"
	lookKind          = "spaceLookAndFeel"
	defaultLevelKind  = "spaceClassification"
)

// What mappings call roles, as Overrides does.
const roleMapping = "role"

// homepageKind is the kind under which IDs has the homepage that the site made with a
// space, by the id of the space in the backup.
const homepageKind = "homepage"

// itemKinds are what parts follow in the archive; all else that stands in a tree is a record
// alone, as tasks and custom content are.
var itemKinds = []string{
	spaceKind, pageKind, blogKind, folderKind, whiteboardKind, databaseKind, embedKind, taskKind, customKind,
}

// resources are the words of the routes of what stands in a space.
var resources = map[string]string{
	pageKind: "pages", blogKind: "blogposts", folderKind: "folders", whiteboardKind: "whiteboards", databaseKind: "databases", embedKind: "embeds",
	customKind: "custom-content", attachmentKind: "attachments",
}

// treeKinds may be above a page, and linked to.
var treeKinds = []string{pageKind, folderKind, whiteboardKind, databaseKind, embedKind}

// The phases of a restore, in their order. Those of the tree are numbered by the level of what they create.
const (
	phaseSpaces   = "spaces"
	phaseTree     = "tree-" // and the number of the level
	phaseBlogs    = "blogs"
	phaseContents = "contents"
	phaseComments = "comments"
	phaseRest     = "rest"
	phaseNested   = "nested"
	phaseTrash    = "trash"
	phaseAccess   = "access"
	phaseClose    = "close"
)
