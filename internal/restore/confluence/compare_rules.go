package confluence

import (
	"context"
	"encoding/json"

	"holdfast/internal/restore"
)

// Why a field can't be written. The sources are Atlassian's OpenAPI documents of the
// calls that write it, which have no such member, or say that it is read-only.
const (
	bySite   = "the site makes it"
	byAuthor = "the API writes in the name of the account that restores"
	byClock  = "the API writes with the time of the restore"
	byOrder  = "the site numbers siblings, whose order is kept"
	byWriter = "no call of the API takes it"
	byNumber = "each write makes a version"
	byUser   = "it describes the user"
	byConfig = "it describes what is chosen, which is the destination's"
	bySame   = "the site makes it the comment of the file"
)

// rules are those of a kind.
func (c *comparing) rules(ctx context.Context, kind string) restore.Rules {
	no := func(reason string, paths ...string) restore.Rules {
		var all restore.Rules
		for _, path := range paths {
			all = append(all, restore.Rule{Path: path, Unwritable: reason})
		}
		return all
	}
	elsewhere := func(paths ...string) restore.Rules {
		var all restore.Rules
		for _, path := range paths {
			all = append(all, restore.Rule{Path: path, Elsewhere: true})
		}
		return all
	}
	id := func(path string, kinds ...string) restore.Rule {
		return restore.Rule{Path: path, Want: func(v json.RawMessage) (json.RawMessage, error) { return c.idWant(ctx, v, kinds...) }}
	}
	user := func(path string) restore.Rule { return restore.Rule{Path: path, Want: c.userWant} }
	peopleWant := func(v json.RawMessage) (json.RawMessage, error) { return c.people(ctx, v, c.now) }
	peopleGot := func(v json.RawMessage) (json.RawMessage, error) {
		return c.people(ctx, v, func(id string) string { return id })
	}
	body := func(path string) restore.Rule {
		return restore.Rule{Path: path, Want: func(v json.RawMessage) (json.RawMessage, error) { return c.bodyWant(ctx, v) }, Got: c.bodyGot}
	}
	join := func(all ...restore.Rules) restore.Rules {
		var out restore.Rules
		for _, rules := range all {
			out = append(out, rules...)
		}
		return out
	}
	version := join(no(byAuthor, "version.authorId"), no(byClock, "version.createdAt"),
		no(byNumber, "version.number"), no(bySite, "version.ncsStepVersion"), no(byWriter, "version.minorEdit"))
	made := join(no(byAuthor, "authorId"), no(byClock, "createdAt"), no(bySite, "id", "_links"), version)
	said := restore.Rule{Path: "version.message", Got: messageGot}
	switch kind {
	case spaceKind:
		return append(join(no(bySite, "id", "_links", "icon", "currentActiveAlias"), no(byAuthor, "authorId", "spaceOwnerId"), no(byClock, "createdAt")),
			id("homepageId", pageKind), restore.Rule{Path: "key", Want: c.keyWant})
	case spaceLabelKind, labelKind:
		return no(bySite, "id")
	case spacePropertyKind:
		return join(no(bySite, "id"), no(byAuthor, "createdBy", "version.createdBy"), no(byClock, "createdAt"), version)
	case propertyKind:
		return join(no(bySite, "id"), version)
	case templateKind, siteTemplateKind:
		return append(join(no(bySite, "templateId", "_links", "body.storage._expandable"), elsewhere("space"), no(bySite, "labels[].id")), body("body.storage.value"))
	case permissionKind:
		return append(no(bySite, "id"), restore.Rule{Path: "principal.id", Want: c.whoWant})
	case assignmentKind:
		return restore.Rules{{Path: "principal.principalId", Want: c.whoWant}, {Path: "roleId", Want: c.mappedWant(roleMapping)}}
	case watcherKind:
		return append(restore.Rules{user("watcher.accountId"), {Path: "spaceKey", Want: c.keyWant}}, no(byUser, "watcher.*")...)
	case themeKind:
		return append(restore.Rules{{Path: "themeKey"}}, no(byConfig, "*")...)
	case settingsKind:
		return append(join(no(bySite, "_links"), no(byWriter, "editor")), restore.Rule{Path: "spaceKey", Want: c.keyWant})
	case lookKind:
		return append(no("it is the look of the whole site", "global", "theme"), restore.Rule{Path: "custom", Whole: true, Want: withoutSpace, Got: withoutSpace})
	case defaultLevelKind:
		return append(restore.Rules{{Path: "id", Want: c.mappedWant(levelKind)}}, no(byConfig, "*")...)
	case taskKind:
		return append(join(no(bySite, "id"), no(byAuthor, "createdBy", "completedBy"), no(byClock, "createdAt", "updatedAt", "completedAt")),
			id("spaceId", spaceKind), id("pageId", pageKind), id("blogPostId", blogKind), user("assignedTo"), body("body.storage.value"))
	case customKind:
		return append(join(restore.Rules{said}, made), id("spaceId", spaceKind), id("pageId", pageKind), id("blogPostId", blogKind), id("customContentId", customKind), body("body.storage.value"))
	case versionKind, remarkVersion:
		of := map[string][]string{versionKind: {"page", "blogpost"}, remarkVersion: {"comment"}}[kind]
		all := join(restore.Rules{{Path: "message", Got: messageGot}}, no(byAuthor, "authorId"), no(byClock, "createdAt"), no(byNumber, "number"), no(byWriter, "minorEdit"), no(bySite, "ncsStepVersion"))
		for _, in := range of {
			all = append(all, id(in+".id", pageKind, blogKind, footerKind, footerReply, inlineKind, inlineReply), body(in+".body.storage.value"))
		}
		return all
	case folderKind, whiteboardKind, databaseKind, embedKind:
		return append(join(made, no(byWriter, "version.message"), no(byAuthor, "ownerId"), no(byOrder, "position")), id("spaceId", spaceKind), id("parentId", treeKinds...))
	case blogKind:
		// The one time that the API lets us set.
		created := restore.Rule{Path: "createdAt", Want: instant, Got: instant}
		return append(join(restore.Rules{said, created}, made, elsewhere("labels", "properties", "likes")), id("spaceId", spaceKind), body("body.storage.value"))
	case pageKind:
		return append(join(restore.Rules{said}, made, no(byOrder, "position"), no("it follows from a change of the owner", "lastOwnerId"), elsewhere("labels", "properties", "likes")),
			user("ownerId"), id("spaceId", spaceKind), id("parentId", treeKinds...), body("body.storage.value"))
	case restrictKind:
		return append(no(bySite, "_links", "**._links", "**._expandable"),
			restore.Rule{Path: "read.restrictions.user", Want: peopleWant, Got: peopleGot}, restore.Rule{Path: "update.restrictions.user", Want: peopleWant, Got: peopleGot},
			restore.Rule{Path: "read.restrictions.group", Want: c.groupsOf, Got: c.groupsOf}, restore.Rule{Path: "update.restrictions.group", Want: c.groupsOf, Got: c.groupsOf})
	case attachmentKind, olderFileKind:
		return append(join(no(bySite, "id", "_links", "fileId", "downloadLink", "webuiLink", "collectionName", "mediaTypeDescription"), no(byClock, "createdAt"),
			no(byAuthor, "version.authorId"), no(byClock, "version.createdAt"), no(bySite, "version.ncsStepVersion"), no(bySame, "version.message")),
			id("pageId", pageKind), id("blogPostId", blogKind))
	case footerKind, footerReply, inlineKind, inlineReply:
		return append(join(restore.Rules{said}, no(bySite, "id", "_links", "properties.inlineMarkerRef", "properties.inline-marker-ref"), version,
			no(byAuthor, "resolutionLastModifierId"), no(byClock, "resolutionLastModifiedAt")),
			id("pageId", pageKind), id("blogPostId", blogKind), id("parentCommentId", footerKind, footerReply, inlineKind, inlineReply), body("body.storage.value"))
	}
	return nil
}
