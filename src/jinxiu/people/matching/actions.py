"""The lock under which all writes for one person stand, also where a second record of the person was merged away."""

from jinxiu.people.models import Person


def lock_kept(person_id: int) -> Person:
    """The person, locked until the transaction ends; for a record that was merged into another, that other.

    Two writers for one person come one after the other, so each sees what the other wrote. Raises Person.DoesNotExist.
    """
    kept = Person.objects.filter(pk=person_id).values_list("merged_into", flat=True).first()
    person = Person.objects.select_for_update(no_key=True).get(pk=kept or person_id)
    # While we waited for the lock, the record may have been merged; records never point on to a third.
    return person if person.merged_into_id is None else lock_kept(person.merged_into_id)
