"""The addresses of the family-doctor service; names and paths are fixed, other tools link to them."""

from django.urls import path

from jinxiu.familydoctor.boards import calls, papers
from jinxiu.familydoctor.boards import views as boards
from jinxiu.familydoctor.deciding import correcting
from jinxiu.familydoctor.deciding import views as deciding
from jinxiu.familydoctor.drafts import views as drafts
from jinxiu.familydoctor.examdays import views as examdays
from jinxiu.familydoctor.exports import views as exports
from jinxiu.familydoctor.followups import views as followups
from jinxiu.familydoctor.homevalues import views as homevalues
from jinxiu.familydoctor.imports import views as imports
from jinxiu.familydoctor.managing import views as managing
from jinxiu.familydoctor.matching import views as matching
from jinxiu.familydoctor.printing import views as printing
from jinxiu.familydoctor.programmes import views as programmes
from jinxiu.familydoctor.records import registered, shelter
from jinxiu.familydoctor.records import views as records
from jinxiu.familydoctor.residency import corrections
from jinxiu.familydoctor.residency import views as residency

urlpatterns = [
    path("people/<int:person_id>/", records.person, name="person"),
    path("people/<int:person_id>/numbers/", registered.numbers, name="person-numbers"),
    path("people/<int:person_id>/shelter/", shelter.shelter, name="shelter"),
    path("people/<int:person_id>/year/<int:year>/pdf/", printing.year, name="person-year"),
    path("people/<int:person_id>/timeline/", records.timeline, name="person-timeline"),
    path("people/<int:person_id>/draft/", drafts.keep, name="draft"),
    path("people/<int:person_id>/draft/choose/", drafts.choose, name="draft-choose"),
    path("people/<int:person_id>/followups/new/", followups.new, name="followup-new"),
    path("people/<int:person_id>/followups/<int:event_id>/", deciding.saved, name="followup"),
    path("people/<int:person_id>/followups/<int:event_id>/confirm/", deciding.confirm, name="followup-confirm"),
    path("people/<int:person_id>/followups/<int:event_id>/decide/", deciding.decide, name="followup-decide"),
    path("people/<int:person_id>/followups/<int:event_id>/acted/", deciding.acted, name="followup-acted"),
    path("people/<int:person_id>/followups/<int:event_id>/correct/", correcting.correct, name="followup-correct"),
    path("people/<int:person_id>/followups/<int:event_id>/withdraw/", correcting.withdraw, name="followup-withdraw"),
    path("people/<int:person_id>/followups/<int:event_id>/versions/", correcting.versions, name="followup-versions"),
    path("people/<int:person_id>/followups/<int:event_id>/pdf/", printing.form, name="followup-pdf"),
    path("to-confirm/", deciding.to_confirm, name="to-confirm"),
    path("people/<int:person_id>/record/<slug:form_id>/", followups.record, name="record"),
    path("people/<int:person_id>/programmes/", programmes.programmes, name="programmes"),
    path("people/<int:person_id>/programmes/begin/<slug:kind>/", programmes.begin, name="programme-begin"),
    path("people/<int:person_id>/programmes/<int:enrolment_id>/end/", programmes.end, name="programme-end"),
    path(
        "people/<int:person_id>/programmes/<int:enrolment_id>/take-back/",
        programmes.take_back,
        name="programme-take-back",
    ),
    path("people/<int:person_id>/correct/", corrections.correct, name="person-correct"),
    path("people/<int:person_id>/earlier/", corrections.earlier, name="person-earlier"),
    path("people/<int:person_id>/status/", residency.status, name="person-status"),
    path("people/<int:person_id>/status/<slug:change>/", residency.change, name="person-status-change"),
    path("exam-days/", examdays.days, name="exam-days"),
    path("exam-days/new/", examdays.new, name="exam-days-new"),
    path("exam-days/fill/", examdays.fill, name="exam-days-fill"),
    path("exam-days/<int:day_id>/", examdays.day, name="exam-day"),
    path("exam-days/<int:day_id>/pdf/", examdays.list_pdf, name="exam-day-pdf"),
    path("exam-days/<int:day_id>/cancel/", examdays.cancel_day, name="exam-day-cancel"),
    path("people/<int:person_id>/home-values/", homevalues.home_values, name="home-values"),
    path("people/<int:person_id>/exam/", examdays.book, name="exam-book"),
    path("people/<int:person_id>/exam/<int:appointment_id>/cancel/", examdays.cancel, name="exam-cancel"),
    path("people/<int:person_id>/exam/<int:appointment_id>/absent/", examdays.absent, name="exam-absent"),
    path("groups/", boards.boards, name="boards"),
    path("groups/<slug:standard_id>/", boards.board, name="board"),
    path("groups/<slug:standard_id>/export/", papers.export, name="board-export"),
    path("groups/<slug:standard_id>/calls/", calls.calls, name="board-calls"),
    path("groups/<slug:standard_id>/calls/pdf/", papers.calls_pdf, name="board-calls-pdf"),
    path("groups/<slug:standard_id>/calls/<int:person_id>/", calls.call, name="board-call"),
    path("managing/", managing.managing, name="managing"),
    path("managing/<slug:part>/", managing.part, name="managing-part"),
    path("managing/<slug:part>/people/", managing.people, name="managing-people"),
    path("managing/<slug:part>/export/", managing.export, name="managing-export"),
    path("export/", exports.export, name="export"),
    path("people/duplicates/", matching.duplicates, name="duplicates"),
    path("people/duplicates/<int:person_id>/<int:other_id>/", matching.duplicate, name="duplicate"),
    path("people/<int:person_id>/merges/", matching.merges, name="merges"),
    path("people/<int:person_id>/merges/<int:merge_id>/undo/", matching.take_apart, name="take-apart"),
    path("import/", imports.upload, name="import"),
    path("import/templates/<slug:layout>/", imports.template, name="import-template"),
    path("import/<str:token>/progress/", imports.progress, name="import-progress"),
    path("import/<str:token>/confirm/", imports.confirm, name="import-confirm"),
    path("import/<str:token>/cancel/", imports.cancel, name="import-cancel"),
    path("import/<str:token>/report/", imports.download, name="import-download"),
]
