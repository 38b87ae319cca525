package content

import "strings"

// script is a language's stock of sentences; words are joined with sep.
type script struct {
	name      string
	sep       string
	end       string
	words     []string
	sentences []string
}

func list(s string) []string { return strings.Split(s, "|") }

var scripts = []script{
	{"en", " ", ".", list("the build|customer|invoice|timeout|retries|fails|when|under load|after|release|dashboard|queue|is slow|crashes|again|sometimes|deploy|rollback|API|token|expired|report|shows|wrong|total|in production|users|can't|log in|since|Tuesday"),
		list("Steps to reproduce are below.|This happens only behind the proxy.|We saw it twice last week & once today.|See the attached log for a < b and b > c.|Rolling back helped.|I can't reproduce it on staging.")},
	{"de", " ", ".", list("die Rechnung|der Kunde|lädt|nicht|über|Größe|Straße|Prüfung|schlägt fehl|nachdem|Übertragung|wurde|gelöscht|und|erneut|Schnittstelle|Maßnahme|für|alle|Mandanten|ab|Version|häufig"),
		list("Bitte prüfen und Rückmeldung geben.|Tritt nur bei großen Beträgen auf.|Größenänderung der Datei führt zum Fehler.|Läuft seit gestern wieder.")},
	{"ja", "", "。", list("請求書|の|合計|が|正しく|表示|されない|ログイン|後|に|エラー|発生|する|データ|移行|テスト|環境|確認|お願い|します|再現|手順|画面"),
		list("本番環境でのみ再現します。|添付のログをご確認ください。|先週から発生しています。|修正後、再テスト済みです。")},
	{"zh", "", "。", list("订单|支付|失败|之后|系统|没有|返回|错误|代码|用户|无法|登录|数据|同步|延迟|测试|环境|已|完成|需要|确认|接口|超时"),
		list("请查看附件中的日志。|只在生产环境出现。|已回滚到上一个版本。|性能下降约百分之三十。")},
	{"ar", " ", ".", list("الفاتورة|العميل|لا|يمكن|تسجيل|الدخول|بعد|التحديث|خطأ|في|النظام|تقرير|البيانات|بطيء|جدا|إصدار|جديد|مراجعة|الخادم"),
		list("يرجى مراجعة السجل المرفق.|تحدث المشكلة في بيئة الإنتاج فقط.|تم الحل في الإصدار ٢٫١.")},
	{"he", " ", ".", list("החשבונית|הלקוח|לא|נטען|אחרי|עדכון|שגיאה|במערכת|דוח|נתונים|איטי|מאוד|גרסה|חדשה|בדיקה|השרת"),
		list("נא לבדוק את הקובץ המצורף.|מתרחש רק בסביבת הייצור.")},
	{"ru", " ", ".", list("счёт|клиент|не|загружается|после|обновления|ошибка|в системе|отчёт|данные|медленно|снова|проверка|сервер|версия|откат|очередь|тайм-аут"),
		list("Воспроизводится только в рабочей среде.|Логи во вложении.|Исправлено, прошу проверить.")},
	{"hi", " ", "।", list("ग्राहक|बिल|लॉगिन|नहीं|हो|रहा|है|त्रुटि|सर्वर|धीमा|अद्यतन|के|बाद|रिपोर्ट|में|गलत|योग"),
		list("कृपया संलग्न लॉग देखें।|केवल उत्पादन में होता है।")},
	{"emoji", " ", " 🚀", list("ship it 🚢|🔥|works now ✅|👩‍💻 review|nope 🙅🏽‍♀️|flag 🇩🇪|café ☕️|naïve|e\u0301galite\u0301|👨‍👩‍👧‍👦 family plan|ﬁle|𝔘nicode|zero\u200bwidth"),
		list("🎉🎉🎉|Thanks! 🙏🏿|LGTM 👍")},
}

// pickScript prefers English, as most sites do, and has every script often enough.
func pickScript(r *rng) script {
	if r.in(45) {
		return scripts[0]
	}
	return pick(r, scripts)
}

func sentence(r *rng, s script) string {
	if r.in(30) {
		return pick(r, s.sentences)
	}
	n := 4 + r.below(9)
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(s.sep)
		}
		b.WriteString(pick(r, s.words))
	}
	b.WriteString(s.end)
	return b.String()
}

func paragraph(r *rng, s script, most int) string {
	var b strings.Builder
	for i := range 1 + r.below(most) {
		if i > 0 {
			b.WriteString(" ")
		}
		b.WriteString(sentence(r, s))
	}
	return b.String()
}

// title is a sentence cut to what a summary may hold.
func title(r *rng, s script) string {
	t := []rune(strings.TrimRight(sentence(r, s), ".。।"))
	return string(t[:min(len(t), 200)])
}
