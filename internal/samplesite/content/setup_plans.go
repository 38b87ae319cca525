package content

import (
	"fmt"

	"holdfast/internal/samplesite/rawjson"
)

// planLists is plans with their details and teams; every fifth is archived, every fifth in the trash.
func (b *builder) planLists() {
	b.open("plan", "")
	for i := range b.config.Plans {
		id := 100 * (i + 1)
		status := pickAt(list("Active|Active|Active|Archived|Trashed"), i)
		source, releases := rawjson.Object("type", "Custom", "value", 1), []raw{}
		if len(b.projects) > 0 {
			for _, v := range b.projects[i%len(b.projects)].Versions {
				releases = append(releases, raw(member(v, "id")))
			}
			source = rawjson.Object("type", "Project", "value", b.projects[i%len(b.projects)].ID)
		}
		sources := []raw{source, rawjson.Object("type", "Board", "value", 1+i)}
		b.add("plan", "", number(id), rawjson.Object("id", number(id), "name", b.name("Plan", i), "scenarioId", number(id+1), "status", status, "issueSources", sources))
		someone := b.people[i%len(b.people)].AccountID
		_, group := b.groupAt(i)
		b.add("planDetail", number(id), number(id), rawjson.Object("id", id, "name", b.name("Plan", i), "leadAccountId", someone, "status", status, "lastSaved", "2024-10-03T10:15:30Z",
			"issueSources", sources, "scheduling", rawjson.Object("estimation", pickAt(list("StoryPoints|Days|Hours"), i), "startDate", rawjson.Object("type", "TargetStartDate"),
				"endDate", rawjson.Object("type", "DateCustomField", "dateCustomFieldId", 10103), "inferredDates", "ReleaseDates", "dependencies", "Sequential"),
			"exclusionRules", rawjson.Object("numberOfDaysToShowCompletedIssues", 30, "issueIds", raw("[10001]"), "workStatusIds", raw("[]"), "workStatusCategoryIds", raw("[2]"), "issueTypeIds", raw("[]"), "releaseIds", raw("[]")),
			"crossProjectReleases", []raw{rawjson.Object("name", b.name("Release", i), "releaseIds", releases)},
			"customFields", []raw{rawjson.Object("customFieldId", 10101, "filter", i%2 == 0)},
			"permissions", []raw{rawjson.Object("type", "View", "holder", rawjson.Object("type", "AccountId", "value", someone)),
				rawjson.Object("type", "Edit", "holder", rawjson.Object("type", "Group", "value", group))}))
		b.open("planTeam", number(id))
		for k := range b.config.deep(i) {
			team := b.uuid("team", i*1000+k)
			if k%2 == 0 {
				b.add("planTeam", number(id), number(id*1000+k), rawjson.Object("id", number(id*1000+k), "name", b.name("Team", k), "type", "PlanOnly"))
				continue
			}
			b.add("planTeam", number(id), team, rawjson.Object("id", team, "type", "Atlassian"))
		}
	}
}

// ruleLists is automation rules, as their own API has them.
func (b *builder) ruleLists() {
	b.open("automationRuleSummary", "")
	for i := range b.config.Rules {
		id := b.uuid("rule", i)
		author := b.people[i%len(b.people)].AccountID
		scope := "ari:cloud:jira:5a3b1e00-0000-4000-8000-000000000000:site/5a3b1e00-0000-4000-8000-000000000000"
		if len(b.projects) > 0 && i%2 == 1 {
			scope = fmt.Sprintf("ari:cloud:jira:5a3b1e00-0000-4000-8000-000000000000:project/%d", b.projects[i%len(b.projects)].ID)
		}
		head := []any{"uuid", id, "name", b.name("Rule", i), "description", b.note("rule", i), "state", pickAt(list("ENABLED|DISABLED"), i/3), "authorAccountId", author,
			"actorAccountId", "557058:f58131cb-b67d-43c7-b30d-6b58d40bd077", "created", raw("1.6842108E9"), "updated", raw("1684210800.250"), "labels", []string{"größe"}, "ruleScopeARIs", []string{scope}}
		b.add("automationRuleSummary", "", id, rawjson.Object(head...))
		b.add("automationRule", id, id, rawjson.Object("rule", rawjson.Object(append(head, "trigger", rawjson.Object("component", "TRIGGER", "schemaVersion", 1, "type", "jira.issue.event.trigger:created",
			"value", rawjson.Object("eventKey", "jira:issue_created", "eventFilters", []string{scope})),
			"components", []raw{rawjson.Object("component", "ACTION", "type", "jira.issue.comment", "value", rawjson.Object("comment", "{{issue.key}} < {{now}} & \u2028 <b>"+oddities[i%len(oddities)]+"</b>"), "children", []raw{}, "conditions", []raw{})},
			"canOtherRuleTrigger", i%2 == 0, "notifyOnError", "FIRSTERROR", "writeAccessType", "UNRESTRICTED")...), "connections", []raw{}))
	}
}
