"""What is owed to people, and how it reaches them: the outbox, the relay and the channels.

``outbox`` writes what is owed, ``delivery`` claims, sends and records it, ``channels`` know how,
``registry`` holds the templates and ``wording`` makes the words.
"""
