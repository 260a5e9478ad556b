from allause.running.board import Board, Label


def test_a_call_is_late_only_while_it_is_under_way():
    board = Board()
    with board.calling("acme:desk: start()", "acme:desk", -1.0):
        assert board.late() == Label("acme:desk: start()", "acme:desk", -1.0)
    assert board.late() is None
    assert board.last.text == "acme:desk: start()"


def test_an_outer_call_goes_on_behind_an_inner_one():
    board = Board()
    with board.calling("outer", "", 60.0):
        with board.calling("inner", "", 60.0):
            assert board.last.text == "inner"
        assert board.last.text == "outer"
        assert board.under_way
    assert not board.under_way
