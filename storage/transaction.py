"""Every repository, on one connection."""

from storage._statements import Statements
from storage.api_log import ApiLog
from storage.audit import Audit
from storage.beginnings import Beginnings
from storage.blobs import Blobs
from storage.budgets import Budgets
from storage.confirmations import Confirmations
from storage.conversations import Conversations
from storage.datasets import Datasets
from storage.endpoints import Endpoints
from storage.intake import Intake
from storage.interaction_tokens import InteractionTokens
from storage.learned import Learned
from storage.ledger import Ledger
from storage.messages import Messages
from storage.overview import Overview
from storage.people import People
from storage.posts import Posts
from storage.preferences import Preferences
from storage.retention import Retention
from storage.rulings import Rulings
from storage.summaries import Summaries
from storage.turns import Turns
from storage.watches import Watches


class Transaction:
    def __init__(self, statements: Statements, *, blob_bytes: int) -> None:
        self.statements = statements
        self.intake = Intake(statements)
        self.conversations = Conversations(statements)
        self.turns = Turns(statements)
        self.messages = Messages(statements)
        self.summaries = Summaries(statements)
        self.posts = Posts(statements)
        self.tokens = InteractionTokens(statements)
        self.blobs = Blobs(statements, limit=blob_bytes)
        self.learned = Learned(statements)
        self.endpoints = Endpoints(statements)
        self.preferences = Preferences(statements)
        self.retention = Retention(statements)
        self.ledger = Ledger(statements)
        self.budgets = Budgets(statements)
        self.api_log = ApiLog(statements)
        self.datasets = Datasets(statements)
        self.overview = Overview(statements)
        self.audit = Audit(statements)
        self.confirmations = Confirmations(statements)
        self.rulings = Rulings(statements)
        self.beginnings = Beginnings(statements)
        self.watches = Watches(statements)
        self.people = People(statements)
