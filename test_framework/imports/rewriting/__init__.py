"""Rewriting by edits of byte spans, each verified by parsing again."""
